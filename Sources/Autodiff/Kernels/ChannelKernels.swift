/// y[n, p, c] = x[n, p, c] s[n, c]: each pixel's channels by their image's factors.
///
/// - Parameters:
///   - factors: batch x channels.
///   - y: batch x pixels x channels; every element is written.
func scaleChannelsKernel(
  _ x: UnsafeBufferPointer<Float>, by factors: UnsafeBufferPointer<Float>, pixels: Int, channels: Int,
  on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  forEachRun(of: y.count / channels, shortest: rowsWorthATask(columns: channels), on: engine) { rows in
    for row in rows {
      scaleRow(
        x.baseAddress! + row * channels, by: factors.baseAddress! + row / pixels * channels, channels,
        into: y.baseAddress! + row * channels)
    }
  }
}

/// y[row, c] = a(x[row, c] scale[c] + shift[c]).
func affineKernel(
  _ x: UnsafeBufferPointer<Float>, scale: UnsafeBufferPointer<Float>, shift: UnsafeBufferPointer<Float>,
  _ activation: Activation, on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  let channels = scale.count
  forEachRun(of: y.count / channels, shortest: rowsWorthATask(columns: channels), on: engine) { rows in
    for row in rows {
      let line = y.baseAddress! + row * channels
      scaleRow(x.baseAddress! + row * channels, by: scale.baseAddress!, channels, into: line)
      finishRows(line, rows: 1, columns: channels, stride: channels, bias: shift.baseAddress!, activation)
    }
  }
}

/// The sum over the pixels of each image: batch x pixels x channels to batch x channels, in fixed runs of pixels.
func channelSumKernel(
  _ x: UnsafeBufferPointer<Float>, batch: Int = 1, channels: Int, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let pixels = x.count / (batch * channels)
  sumOverRuns(of: pixels, tiles: tilesOfSum(pixels), count: channels, batch: batch, on: engine, into: result) {
    image, run, sum in
    sum.update(repeating: 0, count: channels)
    for pixel in run {
      let values = x.baseAddress! + (image * pixels + pixel) * channels
      for c in 0..<channels { sum[c] += values[c] }
    }
  }
}

/// The sum over the pixels of each image of a b, elementwise: batch x pixels x channels, twice, to batch x channels.
func channelDotKernel(
  _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, batch: Int = 1, channels: Int,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let pixels = a.count / (batch * channels)
  sumOverRuns(of: pixels, tiles: tilesOfSum(pixels), count: channels, batch: batch, on: engine, into: result) {
    image, run, sum in
    sum.update(repeating: 0, count: channels)
    for pixel in run {
      let offset = (image * pixels + pixel) * channels
      let (a, b) = (a.baseAddress! + offset, b.baseAddress! + offset)
      for c in 0..<channels { sum[c] += a[c] * b[c] }
    }
  }
}

private func tilesOfSum(_ pixels: Int) -> Int { min(8, max(1, pixels / 1024)) }

private func scaleRow(
  _ x: UnsafePointer<Float>, by factors: UnsafePointer<Float>, _ channels: Int, into y: UnsafeMutablePointer<Float>
) {
  for c in 0..<channels { y[c] = x[c] * factors[c] }
}
