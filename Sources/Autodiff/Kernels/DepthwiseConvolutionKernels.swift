import CKernels

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
  let window = g.window.forKernels
  forEachRun(of: g.outputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.depthwise(
      window, g.channels, x.baseAddress, filter.baseAddress, bias?.baseAddress, activation.forKernels,
      rows.lowerBound, rows.upperBound, y.baseAddress, nil)
  }
}

/// x_bar: for each input pixel, the sum over the output pixels whose windows cover it. A task
/// is a run of input rows.
func depthwiseInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window.forKernels
  forEachRun(of: g.inputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.depthwise_input_vjp(
      window, g.channels, cotangent.baseAddress, filter.baseAddress, rows.lowerBound, rows.upperBound,
      result.baseAddress)
  }
}

/// W_bar[u, v, c] = sum over pixels of x z_bar, over fixed runs of output rows and then over the runs.
func depthwiseFilterVJPKernel(
  _ x: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window.forKernels
  sumOverRuns(
    of: g.outputRows, tiles: min(8, g.outputRows), count: g.window.taps * g.channels, on: engine, into: result
  ) { _, run, sum in
    Kernels.channelwise.pointee.depthwise_filter_vjp(
      window, g.channels, x.baseAddress, cotangent.baseAddress, run.lowerBound, run.upperBound, sum)
  }
}
