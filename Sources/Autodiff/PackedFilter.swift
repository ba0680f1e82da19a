import CKernels

/// A convolution's filter laid out for the kernels of this processor, by one method.
struct PackedFilter: Sendable {
  let method: gaze_method
  private let storage: Storage<Float>

  /// - Parameters:
  ///   - shape: [kernel height, kernel width, inputs, outputs] of the convolution that uses it.
  ///   - filter: its elements in C order; if `transposed`, those of the filter whose input's VJP it is: flipped along
  ///     both axes, the channels exchanged.
  ///   - pool: where the packed form lives.
  ///   - engine: who packs; nil: the calling thread.
  init(
    _ shape: Shape, _ filter: UnsafePointer<Float>, method: gaze_method, transposed: Bool = false, in pool: BufferPool,
    on engine: Engine? = nil
  ) {
    let kernels = Kernels.convolution.pointee
    let geometry = Self.geometry(shape)
    var g = geometry
    let storage = Storage<Float>(count: kernels.packed_count(&g, method), in: pool)
    let target = storage.base
    let pack = transposed ? kernels.pack_transposed! : kernels.pack!
    func packPanels(_ panels: Range<Int>) {
      var g = geometry
      pack(&g, method, filter, panels.lowerBound, panels.upperBound, target)
    }
    let panels = kernels.panels(&g, method)
    if let engine {
      let runs = cutIntoRuns(panels, tiles: 16)
      engine.forEach(runs.count) { packPanels(runs[$0]) }
    } else {
      packPanels(0..<panels)
    }
    self.method = method
    self.storage = storage
  }

  /// Lends the packed filter.
  func withElements<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return body(storage.base)
  }

  /// Writes the filter that was packed, which was not transposed, to `filter`.
  func unpack(_ shape: Shape, to filter: UnsafeMutablePointer<Float>) {
    let kernels = Kernels.convolution.pointee
    var g = Self.geometry(shape)
    kernels.unpack(&g, method, storage.base, 0, kernels.panels(&g, method), filter)
    withExtendedLifetime(storage) {}
  }

  /// The fastest method for a convolution at stride 1 that keeps an image's extent.
  static func method(_ shape: Shape, extent: (height: Int, width: Int)) -> gaze_method {
    var g = geometry(shape, extent: extent)
    return Kernels.convolution.pointee.choose(&g)
  }

  /// A convolution at stride 1 that keeps the image's extent: what a packed filter needs to be known of.
  private static func geometry(_ shape: Shape, extent: (height: Int, width: Int)? = nil) -> gaze_convolution {
    let window = Window(
      "PackedFilter", inputHeight: extent?.height ?? shape[0], inputWidth: extent?.width ?? shape[1],
      kernelHeight: shape[0], kernelWidth: shape[1], stride: 1, padding: .same)
    return Convolution(batch: 1, window: window, inputChannels: shape[2], outputChannels: shape[3]).forKernels()
  }
}

/// The packed filter of a convolution's input VJP. At a stride s, the input's pixels fall into s x s classes by the
/// taps that reach them, which are every s-th one along either axis; for each class the VJP is a convolution of the
/// cotangent at stride 1.
struct TransposedFilter: Sendable {
  let stride: Int
  /// [kernel height, kernel width, inputs, outputs] of the convolution whose VJP it is.
  let shape: Shape
  /// For the taps (u, v) with u mod s = a and v mod s = b, at a s + b; nil where there are none.
  private let classes: [PackedFilter?]

  /// - Parameters:
  ///   - shape: [kernel height, kernel width, inputs, outputs] of the convolution.
  ///   - filter: its elements in C order.
  ///   - method: at stride 1; else the direct one is taken.
  init(
    _ shape: Shape, _ filter: UnsafePointer<Float>, method: gaze_method, stride: Int, in pool: BufferPool,
    on engine: Engine? = nil
  ) {
    self.stride = stride
    self.shape = shape
    if stride == 1 {
      let mirrored: Shape = [shape[0], shape[1], shape[3], shape[2]]
      classes = [PackedFilter(mirrored, filter, method: method, transposed: true, in: pool, on: engine)]
      return
    }
    let tap = shape[2] * shape[3]
    classes = (0..<stride * stride).map { index in
      let rows = Array(Swift.stride(from: index / stride, to: shape[0], by: stride))
      let columns = Array(Swift.stride(from: index % stride, to: shape[1], by: stride))
      guard !rows.isEmpty && !columns.isEmpty else { return nil }
      return withScratch(rows.count * columns.count * tap, from: pool) { part in
        for (i, u) in rows.enumerated() {
          for (j, v) in columns.enumerated() {
            (part + (i * columns.count + j) * tap).update(from: filter + (u * shape[1] + v) * tap, count: tap)
          }
        }
        return PackedFilter(
          [rows.count, columns.count, shape[3], shape[2]], part, method: GAZE_DIRECT, transposed: true, in: pool,
          on: engine)
      }
    }
  }

  /// The convolution of the cotangent that gives the input's pixels (h, w) with (h + top) mod s = `row` and (w + left)
  /// mod s = `column`, and the first of these pixels; nil where no tap reaches them or there are none.
  func part(_ row: Int, _ column: Int, of g: Convolution) -> Part? {
    guard let filter = classes[row * stride + column] else { return nil }
    func axis(_ residue: Int, _ before: Int, _ length: Int, _ kernel: Int) -> (
      first: Int, count: Int, taps: Int, before: Int
    ) {
      // The first pixel h with (h + before) mod s = residue. Its windows begin at (h + before - residue) / s - u for
      // the class's tap u.
      let first = ((residue - before) % stride + stride) % stride
      let count = first < length ? (length - first + stride - 1) / stride : 0
      let taps = (kernel - residue + stride - 1) / stride
      return (first, count, taps, taps - 1 - (first + before - residue) / stride)
    }
    let window = g.window
    let rows = axis(row, window.top, window.inputHeight, window.kernelHeight)
    let columns = axis(column, window.left, window.inputWidth, window.kernelWidth)
    guard rows.count > 0 && columns.count > 0 else { return nil }
    let geometry = gaze_convolution(
      batch: g.batch,
      window: gaze_window(
        input_height: window.outputHeight, input_width: window.outputWidth, kernel_height: rows.taps,
        kernel_width: columns.taps, stride: 1, top: rows.before, left: columns.before, output_height: rows.count,
        output_width: columns.count),
      input_channels: g.outputChannels, output_channels: g.inputChannels, input_stride: g.outputChannels)
    return Part(filter: filter, geometry: geometry, firstRow: rows.first, firstColumn: columns.first)
  }

  struct Part {
    let filter: PackedFilter
    let geometry: gaze_convolution
    let firstRow: Int
    let firstColumn: Int
  }
}
