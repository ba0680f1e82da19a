import CKernels

/// y = the maximum of each window. A task is a run of output rows.
///
/// - Parameters:
///   - x: batch x H x W x C.
///   - y: batch x output height x output width x C; every element is written.
///   - winners: nil, or as many elements as `y`: for each the place of its first maximum in the window, kernel row x
///     kernel width + kernel column.
func maxPoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>, winners: UnsafeMutablePointer<UInt8>?
) {
  let window = g.window.forKernels
  forEachRun(of: g.outputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.max_pool(
      window, g.channels, x.baseAddress, g.channels, rows.lowerBound, rows.upperBound, y.baseAddress, g.channels,
      winners)
  }
}

/// x_bar: each input pixel collects the cotangents of the windows that it won. A task is a run of input rows.
func maxPoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, winners: UnsafePointer<UInt8>, _ g: ChannelwiseWindow, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window.forKernels
  forEachRun(of: g.inputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.max_pool_vjp(
      window, g.channels, cotangent.baseAddress, g.channels, winners, rows.lowerBound, rows.upperBound,
      result.baseAddress, g.channels)
  }
}

/// y = the mean of each window, over all its places or over those in the image. A task is a run of output rows.
func averagePoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, countsPadding: Bool, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window.forKernels
  forEachRun(of: g.outputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.average_pool(
      window, countsPadding, g.channels, x.baseAddress, g.channels, rows.lowerBound, rows.upperBound, y.baseAddress,
      g.channels)
  }
}

/// x_bar: each input pixel collects its share of the windows that cover it. A task is a run of input rows.
func averagePoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, countsPadding: Bool, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window.forKernels
  forEachRun(of: g.inputRows, shortest: g.rowsWorthATask, on: engine) { rows in
    Kernels.channelwise.pointee.average_pool_vjp(
      window, countsPadding, g.channels, cotangent.baseAddress, g.channels, rows.lowerBound, rows.upperBound,
      result.baseAddress, g.channels)
  }
}
