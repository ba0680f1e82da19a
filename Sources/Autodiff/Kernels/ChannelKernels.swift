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
  let runs = cutIntoRuns(pixels, tiles: 16, multiple: rowsWorthATask(columns: channels))
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

/// The sum over all pixels: pixels x channels to channels, in fixed runs of pixels.
func channelSumKernel(
  _ x: UnsafeBufferPointer<Float>, channels: Int, on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let pixels = x.count / channels
  sumOverRuns(of: pixels, tiles: tilesOfSum(pixels), count: channels, on: engine, into: result) { _, run, sum in
    Kernels.channelwise.pointee.channel_sum(
      x.baseAddress! + run.lowerBound * channels, channels, run.count, channels, sum)
  }
}

/// The sum over each row of pixels: rows x width x channels to rows x channels.
func rowSumKernel(
  _ x: UnsafeBufferPointer<Float>, width: Int, channels: Int, on engine: Engine,
  into sums: UnsafeMutablePointer<Float>
) {
  let rowLength = width * channels
  forEachRun(of: x.count / rowLength, shortest: rowsWorthATask(columns: rowLength), on: engine) { rows in
    for row in rows {
      Kernels.channelwise.pointee.channel_sum(
        x.baseAddress! + row * rowLength, channels, width, channels, sums + row * channels)
    }
  }
}

/// The mean over the pixels of each image from the sums over its rows: the one order of summation for a global mean,
/// which a kernel that makes the rows can follow.
///
/// - Parameters:
///   - sums: batch x rows x channels.
///   - means: batch x channels; every element is written.
func meanKernel(
  ofRowSums sums: UnsafePointer<Float>, rows: Int, pixels: Int, channels: Int,
  into means: UnsafeMutableBufferPointer<Float>
) {
  for image in 0..<means.count / channels {
    Kernels.channelwise.pointee.channel_sum(
      sums + image * rows * channels, channels, rows, channels, means.baseAddress! + image * channels)
  }
  for i in means.indices { means[i] /= Float(pixels) }
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
