/// y = the maximum of each window. A task is a run of output rows.
///
/// - Parameters:
///   - x: batch x H x W x C.
///   - y: batch x output height x output width x C; every element is written.
///   - winners: nil, or as many elements as `y`: for each the place of its first maximum in the window, kernel row x kernel width +
///     kernel column.
func maxPoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>, winners: UnsafeMutablePointer<UInt8>?
) {
  g.forEachOutputPixel(on: engine) { pixel, taps in
    let best = y.baseAddress! + pixel * g.channels
    best.update(repeating: -.infinity, count: g.channels)
    let winner = winners.map { $0 + pixel * g.channels }
    winner?.update(repeating: UInt8(taps.first), count: g.channels)
    taps.visit { tap, inputPixel in
      let source = x.baseAddress! + inputPixel * g.channels
      if let winner {
        let tap = UInt8(tap)
        for c in 0..<g.channels {
          let (value, old, oldTap) = (source[c], best[c], winner[c])
          let won = wins(value, over: old)
          best[c] = won ? value : old
          winner[c] = won ? tap : oldTap
        }
      } else {
        for c in 0..<g.channels {
          let (value, old) = (source[c], best[c])
          best[c] = wins(value, over: old) ? value : old
        }
      }
    }
  }
}

/// NaN wins over everything, so that it is not lost on the way.
@inline(__always)
private func wins(_ value: Float, over best: Float) -> Bool { value > best || value.isNaN }

/// x_bar: each input pixel collects the cotangents of the windows that it won. A task is a run of input rows.
func maxPoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, winners: UnsafePointer<UInt8>, _ g: ChannelwiseWindow, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  g.forEachCover(on: engine, clearing: result) { target, tap, outputPixel in
    let source = cotangent.baseAddress! + outputPixel * g.channels
    let winner = winners + outputPixel * g.channels
    let tap = UInt8(tap)
    for c in 0..<g.channels {
      let share = source[c]
      target[c] += winner[c] == tap ? share : 0
    }
  }
}

/// y = the mean of each window, all of whose places lie in the image. A task is a run of output rows.
func averagePoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>
) {
  let places = Float(g.window.taps)
  g.forEachOutputPixel(on: engine) { pixel, taps in
    let mean = y.baseAddress! + pixel * g.channels
    mean.update(repeating: 0, count: g.channels)
    taps.visit { _, inputPixel in
      let source = x.baseAddress! + inputPixel * g.channels
      for c in 0..<g.channels { mean[c] += source[c] }
    }
    for c in 0..<g.channels { mean[c] /= places }
  }
}

/// x_bar: each input pixel collects its share of the windows that cover it. A task is a run of input rows.
func averagePoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let places = Float(g.window.taps)
  g.forEachCover(on: engine, clearing: result) { target, _, outputPixel in
    let source = cotangent.baseAddress! + outputPixel * g.channels
    for c in 0..<g.channels { target[c] += source[c] / places }
  }
}

/// The places of one window that lie in the image.
private struct Taps {
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

extension ChannelwiseWindow {
  /// Calls `body` with each output pixel, counted over the batch, and what its window sees.
  @inline(__always)
  fileprivate func forEachOutputPixel(on engine: Engine, _ body: @escaping (_ pixel: Int, _ taps: Taps) -> Void) {
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

  /// Sets `result`, of the input's shape, to 0 and calls `body` for each pair of an input pixel and a window that covers it: the
  /// channels of the pixel in `result`, its place in the window, and the window's output pixel counted over the batch.
  @inline(__always)
  fileprivate func forEachCover(
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
