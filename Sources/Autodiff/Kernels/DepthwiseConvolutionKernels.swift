/// y = a(depthwise(x, W) + bias). A task is a run of output rows.
///
/// - Parameters:
///   - x: batch x H x W x C.
///   - filter: kernel height x kernel width x C.
///   - bias: C elements, or nil.
///   - y: batch x output height x output width x C.
func depthwiseConvolutionKernel(
  _ x: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?,
  _ activation: Activation, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>
) {
  g.forEachOutputPixel(on: engine) { pixel, taps in
    let target = y.baseAddress! + pixel * g.channels
    target.update(repeating: 0, count: g.channels)
    taps.visit { tap, inputPixel in
      let source = x.baseAddress! + inputPixel * g.channels
      let weights = filter.baseAddress! + tap * g.channels
      for c in 0..<g.channels { target[c] += source[c] * weights[c] }
    }
    finishRows(target, rows: 1, columns: g.channels, stride: g.channels, bias: bias?.baseAddress, activation)
  }
}

/// x_bar: for each input pixel, the sum over the output pixels whose windows cover it. A task
/// is a run of input rows.
func depthwiseInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  g.forEachCover(on: engine, clearing: result) { target, tap, outputPixel in
    let source = cotangent.baseAddress! + outputPixel * g.channels
    let weights = filter.baseAddress! + tap * g.channels
    for c in 0..<g.channels { target[c] += source[c] * weights[c] }
  }
}

/// W_bar[u, v, c] = sum over pixels of x z_bar, over fixed runs of output rows and then over the runs.
func depthwiseFilterVJPKernel(
  _ x: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window
  let channels = g.channels
  let rows = g.batch * window.outputHeight
  sumOverRuns(of: rows, tiles: min(8, rows), count: window.taps * channels, on: engine, into: result) { _, run, sum in
    sum.update(repeating: 0, count: window.taps * channels)
    for index in run {
      let image = index / window.outputHeight
      let row = index % window.outputHeight
      for column in 0..<window.outputWidth {
        let origin = column * window.stride - window.left
        let factor = cotangent.baseAddress! + (index * window.outputWidth + column) * channels
        for kernelRow in window.kernelRows(at: row) {
          let inputRow = image * window.inputHeight + row * window.stride - window.top + kernelRow
          for kernelColumn in window.kernelColumns(at: column) {
            let source = x.baseAddress! + (inputRow * window.inputWidth + origin + kernelColumn) * channels
            let target = sum + (kernelRow * window.kernelWidth + kernelColumn) * channels
            for c in 0..<channels { target[c] += source[c] * factor[c] }
          }
        }
      }
    }
  }
}
