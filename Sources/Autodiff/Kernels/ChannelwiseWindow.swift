/// A window over a batch of NHWC images that treats each channel by itself: the geometry of depthwise convolution and
/// pooling.
struct ChannelwiseWindow: Hashable, Sendable {
  let batch: Int
  let window: Window
  let channels: Int

  var inputShape: Shape { [batch, window.inputHeight, window.inputWidth, channels] }
  var outputShape: Shape { [batch, window.outputHeight, window.outputWidth, channels] }

  /// Calls `body` with each output pixel, counted over the batch, and what its window sees.
  @inline(__always)
  func forEachOutputPixel(on engine: Engine, _ body: @escaping (_ pixel: Int, _ taps: Taps) -> Void) {
    forEachRow(batch * window.outputHeight, on: engine) { index in
      let image = index / window.outputHeight
      let row = index % window.outputHeight
      let kernelRows = window.kernelRows(at: row)
      let firstRow = image * window.inputHeight + row * window.stride - window.top
      for column in 0..<window.outputWidth {
        body(
          index * window.outputWidth + column,
          Taps(
            window: window, rows: kernelRows, columns: window.kernelColumns(at: column),
            origin: firstRow * window.inputWidth + column * window.stride - window.left))
      }
    }
  }

  /// Sets `result`, of the input's shape, to 0 and calls `body` for each pair of an input pixel and a window that
  /// covers it: the channels of the pixel in `result`, its place in the window, and the window's output pixel counted
  /// over the batch.
  @inline(__always)
  func forEachCover(
    on engine: Engine, clearing result: UnsafeMutableBufferPointer<Float>,
    _ body: @escaping (_ target: UnsafeMutablePointer<Float>, _ tap: Int, _ outputPixel: Int) -> Void
  ) {
    forEachRow(batch * window.inputHeight, on: engine) { index in
      let image = index / window.inputHeight
      let inputRow = index % window.inputHeight
      let line = result.baseAddress! + index * window.inputWidth * channels
      line.update(repeating: 0, count: window.inputWidth * channels)
      for row in window.outputRows(touching: inputRow..<inputRow + 1) {
        let kernelRow = inputRow - (row * window.stride - window.top)
        for column in 0..<window.outputWidth {
          let origin = column * window.stride - window.left
          let pixel = (image * window.outputHeight + row) * window.outputWidth + column
          for kernelColumn in window.kernelColumns(at: column) {
            body(
              line + (origin + kernelColumn) * channels, kernelRow * window.kernelWidth + kernelColumn, pixel)
          }
        }
      }
    }
  }
}

/// The places of one window that lie in the image.
struct Taps {
  let window: Window
  let rows: Range<Int>
  let columns: Range<Int>
  /// The input pixel, counted over the batch, under the window's place (0, 0); may lie outside of the image.
  let origin: Int

  var first: Int { rows.lowerBound * window.kernelWidth + columns.lowerBound }

  @inline(__always)
  func visit(_ body: (_ tap: Int, _ inputPixel: Int) -> Void) {
    for row in rows {
      for column in columns {
        body(row * window.kernelWidth + column, origin + row * window.inputWidth + column)
      }
    }
  }
}
