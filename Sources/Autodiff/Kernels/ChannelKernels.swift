import CKernels

/// y[n, p, c] = x[n, p, c] s[n, c]: each pixel's channels by their image's factors.
///
/// - Parameters:
///   - factors: batch x channels.
///   - y: batch x pixels x channels; every element is written.
func scaleChannelsKernel(
  _ x: UnsafeBufferPointer<Float>, by factors: UnsafeBufferPointer<Float>, pixels: Int, channels: Int,
  on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  // A run lies in one image.
  let runs = TileGrid.cut(pixels, tiles: 16, multiple: rowsWorthATask(columns: channels))
  engine.forEach(factors.count / channels * runs.count) { index in
    let (image, run) = (index / runs.count, runs[index % runs.count])
    let offset = (image * pixels + run.lowerBound) * channels
    Kernels.channelwise.pointee.affine(
      x.baseAddress! + offset, channels, factors.baseAddress! + image * channels, nil, GAZE_IDENTITY, run.count,
      channels, y.baseAddress! + offset, channels)
  }
}

/// y[pixel, c] = a(x[pixel, c] scale[c] + shift[c]), pixels `stride` elements apart on either side.
func affineKernel(
  _ x: UnsafePointer<Float>, stride xStride: Int, scale: UnsafeBufferPointer<Float>,
  shift: UnsafeBufferPointer<Float>, _ activation: Activation, pixels: Int, on engine: Engine,
  into y: UnsafeMutablePointer<Float>, stride yStride: Int
) {
  let channels = scale.count
  forEachRun(of: pixels, shortest: rowsWorthATask(columns: channels), on: engine) { run in
    Kernels.channelwise.pointee.affine(
      x + run.lowerBound * xStride, xStride, scale.baseAddress, shift.baseAddress, activation.forKernels, run.count,
      channels, y + run.lowerBound * yStride, yStride)
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
    Kernels.channelwise.pointee.channel_sum(
      x.baseAddress! + (image * pixels + run.lowerBound) * channels, channels, run.count, channels, sum)
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
    let offset = (image * pixels + run.lowerBound) * channels
    Kernels.channelwise.pointee.channel_dot(
      a.baseAddress! + offset, channels, b.baseAddress! + offset, channels, run.count, channels, sum)
  }
}

private func tilesOfSum(_ pixels: Int) -> Int { min(8, max(1, pixels / 1024)) }

/// Copies `columns` elements of each row; rows lie `stride` elements apart on either side.
func copyColumns(
  of source: UnsafePointer<Float>, stride sourceStride: Int, to target: UnsafeMutablePointer<Float>,
  stride targetStride: Int, rows: Int, columns: Int, on engine: Engine
) {
  forEachRun(of: rows, shortest: rowsWorthATask(columns: columns), on: engine) { run in
    Kernels.channelwise.pointee.copy(
      source + run.lowerBound * sourceStride, sourceStride, run.count, columns,
      target + run.lowerBound * targetStride, targetStride)
  }
}

/// sum = a + b, elementwise; `sum` may be a or b.
func addKernel(
  _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, on engine: Engine,
  into sum: UnsafeMutableBufferPointer<Float>
) {
  precondition(a.count == b.count && a.count == sum.count, "addKernel: counts \(a.count), \(b.count), \(sum.count)")
  forEachRun(of: a.count, shortest: 1 << 14, on: engine) { run in
    Kernels.channelwise.pointee.add(
      a.baseAddress! + run.lowerBound, b.baseAddress! + run.lowerBound, run.count, sum.baseAddress! + run.lowerBound)
  }
}
