import CKernels

/// Where the results of a convolution go, and what is done to them on the way: y = a(sums + bias + addend).
struct Epilogue {
  var bias: UnsafePointer<Float>?
  var addend: UnsafePointer<Float>?
  var activation: Activation
  /// Elements from a pixel of y to the next.
  var outputStride: Int
}

/// y = a(patches(x) W + bias + addend) for a packed filter.
///
/// - Parameters:
///   - x: where the first pixel's channels begin, pixels `inputStride` elements apart.
///   - addend: as y, but dense.
///   - y: where the first pixel's channels begin.
func frozenConvolutionKernel(
  _ x: UnsafePointer<Float>, inputStride: Int, filter: FrozenFilter, _ epilogue: Epilogue, _ g: Convolution,
  on engine: Engine, into y: UnsafeMutablePointer<Float>
) {
  filter.withPacked { packed in
    convolve(
      x, packed, filter.method, epilogue, g.forKernels(inputStride: inputStride), on: engine, into: y)
  }
}

/// x_bar = y_bar convolved with the flipped filter, its channels exchanged. At strides above 1 by way of the matrix of
/// patches.
///
/// - Parameters:
///   - cotangent: batch x output height x output width x O.
///   - result: batch x H x W x C; every element is written.
func frozenConvolutionInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, filter: FrozenFilter, _ g: Convolution, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  guard g.window.stride == 1 else {
    filter.withElements { elements in
      convolutionInputVJPKernel(
        cotangent, filter: UnsafeBufferPointer(start: elements, count: filter.shape.count), g, on: engine, into: result)
    }
    return
  }
  filter.withTransposed { packed in
    convolve(
      cotangent.baseAddress!, packed, filter.method,
      Epilogue(activation: .identity, outputStride: g.inputChannels), gaze_transposed(g.forKernels()), on: engine,
      into: result.baseAddress!)
  }
}

/// Cuts the work for the engine's threads; the kernels' bits do not depend on it.
private func convolve(
  _ x: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ method: gaze_method, _ epilogue: Epilogue,
  _ geometry: gaze_convolution, on engine: Engine, into y: UnsafeMutablePointer<Float>
) {
  var g = geometry
  let kernels = Kernels.dense.pointee
  let cut = kernels.cut(&g, method, engine.threads)
  let (rows, panels) = (kernels.rows(&g, method), kernels.panels(&g, method))
  let rowTasks = (rows + cut.rows - 1) / cut.rows
  let panelTasks = (panels + cut.panels - 1) / cut.panels
  let scratchCount = kernels.scratch_count(&g, method)
  engine.forEach(rowTasks * panelTasks) { [geometry] task in
    var g = geometry
    var end = gaze_epilogue(
      bias: epilogue.bias, addend: epilogue.addend, addend_stride: g.output_channels,
      activation: epilogue.activation.forKernels, output_stride: epilogue.outputStride)
    let firstRow = task % rowTasks * cut.rows
    let firstPanel = task / rowTasks * cut.panels
    withScratch(scratchCount, from: engine.pool) { scratch in
      kernels.convolve(
        &g, method, x, packed, &end, firstRow, min(firstRow + cut.rows, rows), firstPanel,
        min(firstPanel + cut.panels, panels), scratch, y)
    }
  }
}
