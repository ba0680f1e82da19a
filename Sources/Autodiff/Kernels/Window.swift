/// How much a window may hang over the edge of an image.
package enum Padding: Hashable, Sendable {
  /// Not at all.
  case valid
  /// By this many rows and columns on each side, as PyTorch counts.
  case symmetric(Int)
  /// TensorFlow's SAME: the output length is ceil(length / stride); the total is split with the smaller half before,
  /// so that at stride 2 an even length is padded after only.
  case same
}

/// A window sliding over an image: kernel extents, stride, padding, and the extents that follow from them. The
/// geometry of every convolution and pooling; made once and used by the forward and the backward pass.
struct Window: Hashable, Sendable {
  let inputHeight: Int
  let inputWidth: Int
  let kernelHeight: Int
  let kernelWidth: Int
  let stride: Int
  /// Rows of padding above and columns of padding to the left.
  let top: Int
  let left: Int
  let outputHeight: Int
  let outputWidth: Int

  /// - Parameter ceiling: counts a last window that hangs over the padded edge, as long as it starts inside the image
  ///   or its leading padding (PyTorch's `ceil_mode`).
  init(
    _ operation: String, inputHeight: Int, inputWidth: Int, kernelHeight: Int, kernelWidth: Int, stride: Int,
    padding: Padding, ceiling: Bool = false
  ) {
    precondition(stride >= 1, "\(operation): stride must be at least 1, got \(stride)")
    precondition(
      kernelHeight >= 1 && kernelWidth >= 1, "\(operation): the window is \(kernelHeight)x\(kernelWidth), an empty one")
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    let rows = Self.padding(padding, length: inputHeight, kernel: kernelHeight, stride: stride)
    let columns = Self.padding(padding, length: inputWidth, kernel: kernelWidth, stride: stride)
    precondition(
      min(rows.before, columns.before) >= 0,
      "\(operation): padding must not be negative, got \(padding)")
    top = rows.before
    left = columns.before
    outputHeight = Self.places(
      length: inputHeight, kernel: kernelHeight, stride: stride, padding: rows, ceiling: ceiling)
    outputWidth = Self.places(
      length: inputWidth, kernel: kernelWidth, stride: stride, padding: columns, ceiling: ceiling)
    precondition(
      outputHeight >= 1 && outputWidth >= 1,
      "\(operation): a \(kernelHeight)x\(kernelWidth) window does not fit into a \(inputHeight)x\(inputWidth) image")
  }

  var taps: Int { kernelHeight * kernelWidth }
  var outputPixels: Int { outputHeight * outputWidth }
  var inputPixels: Int { inputHeight * inputWidth }

  /// Whether each output pixel sees exactly the input pixel at its own place.
  var isPointwise: Bool { taps == 1 && stride == 1 && top == 0 && left == 0 && outputPixels == inputPixels }

  /// Whether there is no window that sees padding only.
  var everyPlaceMeetsImage: Bool {
    // The first and the last windows reach farthest beyond the image.
    [0, outputHeight - 1].allSatisfy { !kernelRows(at: $0).isEmpty }
      && [0, outputWidth - 1].allSatisfy { !kernelColumns(at: $0).isEmpty }
  }

  /// The kernel rows that meet the image when the window stands at output row `row`.
  func kernelRows(at row: Int) -> Range<Int> {
    Self.clip(origin: row * stride - top, kernel: kernelHeight, length: inputHeight)
  }

  /// The kernel columns that meet the image when the window stands at output column `column`.
  func kernelColumns(at column: Int) -> Range<Int> {
    Self.clip(origin: column * stride - left, kernel: kernelWidth, length: inputWidth)
  }

  /// The output rows whose windows meet any of the input rows `rows`.
  func outputRows(touching rows: Range<Int>) -> Range<Int> {
    let lowest = rows.lowerBound + top - kernelHeight + 1
    let first = lowest <= 0 ? 0 : (lowest + stride - 1) / stride
    let last = min((rows.upperBound - 1 + top) / stride, outputHeight - 1)
    return first..<max(first, last + 1)
  }

  private static func clip(origin: Int, kernel: Int, length: Int) -> Range<Int> {
    let lower = min(max(0, -origin), kernel)
    return lower..<max(lower, min(kernel, length - origin))
  }

  private static func padding(
    _ padding: Padding, length: Int, kernel: Int, stride: Int
  ) -> (before: Int, after: Int) {
    switch padding {
    case .valid:
      return (0, 0)
    case .symmetric(let amount):
      return (amount, amount)
    case .same:
      let places = (length + stride - 1) / stride
      let total = max((places - 1) * stride + kernel - length, 0)
      return (total / 2, total - total / 2)
    }
  }

  private static func places(
    length: Int, kernel: Int, stride: Int, padding: (before: Int, after: Int), ceiling: Bool
  ) -> Int {
    let span = length + padding.before + padding.after - kernel
    guard span >= 0 else { return 0 }
    let whole = span / stride + 1
    let hanging = ceiling && span % stride != 0 && whole * stride < length + padding.before
    return hanging ? whole + 1 : whole
  }
}
