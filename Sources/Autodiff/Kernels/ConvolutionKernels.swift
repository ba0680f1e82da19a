import CKernels

/// The geometry of a convolution over all channels: a window over a batch of NHWC images and the channels on both
/// sides.
struct Convolution: Hashable, Sendable {
  let batch: Int
  let window: Window
  let inputChannels: Int
  let outputChannels: Int

  var outputShape: Shape { [batch, window.outputHeight, window.outputWidth, outputChannels] }
  var inputShape: Shape { [batch, window.inputHeight, window.inputWidth, inputChannels] }
  var filterShape: Shape { [window.kernelHeight, window.kernelWidth, inputChannels, outputChannels] }

  /// The fastest method for a filter that is packed for this convolution alone, by the shape without the batch. The
  /// size of the packed filter does not count then, as it does for one that stays: Winograd's larger tiles pay for
  /// smaller images and wider layers.
  var method: gaze_method {
    let isWinograds =
      window.kernelHeight == 3 && window.kernelWidth == 3 && window.stride == 1
      && min(inputChannels, outputChannels) >= 16 && window.outputPixels >= 64
    return isWinograds ? GAZE_WINOGRAD_4 : GAZE_DIRECT
  }

  /// - Parameter inputStride: elements from a pixel of x to the next; nil: `inputChannels`.
  func forKernels(inputStride: Int? = nil) -> gaze_convolution {
    gaze_convolution(
      batch: batch, window: window.forKernels, input_channels: inputChannels, output_channels: outputChannels,
      input_stride: inputStride ?? inputChannels)
  }
}

/// Where the results of a convolution go, and what is applied to the sums first: y = a(sums + bias + addend).
struct Epilogue {
  var bias: UnsafePointer<Float>?
  var addend: UnsafePointer<Float>?
  var activation: Activation
  /// Elements from a pixel of y to the next.
  var outputStride: Int
}

/// y = a(patches(x) W + bias + addend).
///
/// - Parameters:
///   - x: where the first pixel's channels begin, pixels `inputStride` elements apart.
///   - addend: as y, but contiguous.
///   - y: where the first pixel's channels begin.
func convolutionKernel(
  _ x: UnsafePointer<Float>, inputStride: Int, filter: PackedFilter, _ epilogue: Epilogue, _ g: Convolution,
  on engine: Engine, into y: UnsafeMutablePointer<Float>
) {
  filter.withElements { packed in
    convolve(x, packed, filter.method, epilogue, g.forKernels(inputStride: inputStride), on: engine, into: y)
  }
}

/// x_bar = y_bar convolved with the flipped filter, its channels exchanged; at strides above 1 for each class of pixels
/// by itself.
///
/// - Parameters:
///   - cotangent: batch x output height x output width x O.
///   - result: batch x H x W x C; every element is written.
func convolutionInputVJPKernel(
  _ cotangent: UnsafePointer<Float>, filter: TransposedFilter, _ g: Convolution, on engine: Engine,
  into result: UnsafeMutablePointer<Float>
) {
  if g.window.stride == 1 {
    let part = filter.part(0, 0, of: g)!
    if g.window.isPointwise, let channels = fewChannels(of: cotangent, g) {
      part.filter.withElements { packed in
        var geometry = part.geometry
        channels.withUnsafeBufferPointer {
          Kernels.convolution.pointee.convolve_few(
            &geometry, cotangent, packed, $0.baseAddress, $0.count, 0, g.batch * g.window.outputPixels, result)
        }
      }
      return
    }
    part.filter.withElements {
      convolve(
        cotangent, $0, part.filter.method, Epilogue(activation: .identity, outputStride: g.inputChannels),
        part.geometry,
        on: engine, into: result)
    }
    return
  }
  let stride = g.window.stride
  let places = (0..<stride * stride).map { filter.part($0 / stride, $0 % stride, of: g) }
  if places.contains(where: { $0 == nil }) { fill(result, count: g.inputShape.count, on: engine) }
  // Whole rows of a class, few enough to stay in the cache until they are spread over the image.
  let tasks = places.compactMap { $0 }.flatMap { part in
    let window = part.geometry.window
    let rows = g.batch * window.output_height
    let length = max(1, (1 << 16) / (window.output_width * g.inputChannels))
    return cutIntoRuns(rows, tiles: max(1, rows / length)).map { (part: part, rows: $0) }
  }
  engine.forEach(tasks.count) { index in
    let (part, rows) = tasks[index]
    spreadConvolution(cotangent, part, rows: rows, g, in: engine.pool, into: result)
  }
  withExtendedLifetime(places) {}
}

/// The channels of a cotangent that are not 0 throughout, if they are few of many: a logit that is the mean of a
/// channel has but one, and the rest would be most of the work of explaining a class. Where the first pixel has many,
/// the others are not read.
private func fewChannels(of cotangent: UnsafePointer<Float>, _ g: Convolution) -> [Int]? {
  let (channels, few) = (g.outputChannels, g.outputChannels / 16)
  func isFew(_ count: Int) -> Bool { count <= few }
  guard few > 0, isFew((0..<channels).count { cotangent[$0] != 0 }) else { return nil }
  var bits = [UInt32](repeating: 0, count: channels)
  bits.withUnsafeMutableBufferPointer { bits in
    for pixel in 0..<g.batch * g.window.outputPixels {
      let values = cotangent + pixel * channels
      // Without the sign: -0 is 0.
      for channel in 0..<channels { bits[channel] |= values[channel].bitPattern << 1 }
    }
  }
  let found = bits.indices.filter { bits[$0] != 0 }
  return isFew(found.count) ? found : nil
}

/// The rows `rows` of one class, counted over the batch.
private func spreadConvolution(
  _ cotangent: UnsafePointer<Float>, _ part: TransposedFilter.Part, rows: Range<Int>, _ g: Convolution,
  in pool: BufferPool, into result: UnsafeMutablePointer<Float>
) {
  let (kernels, stride, channels) = (Kernels.convolution.pointee, g.window.stride, g.inputChannels)
  var geometry = part.geometry
  let (height, width) = (geometry.window.output_height, geometry.window.output_width)
  let first = rows.lowerBound * width
  withScratch(rows.count * width * channels, from: pool) { contiguous in
    withScratch(kernels.scratch_count(&geometry, GAZE_DIRECT), from: pool) { scratch in
      var end = gaze_epilogue(
        bias: nil, addend: nil, addend_stride: 0, activation: GAZE_IDENTITY, output_stride: channels)
      part.filter.withElements {
        kernels.convolve(
          &geometry, GAZE_DIRECT, cotangent, $0, &end, first, rows.upperBound * width, 0,
          kernels.panels(&geometry, GAZE_DIRECT), scratch, contiguous - first * channels)
      }
    }
    for row in rows {
      let inputRow = row / height * g.window.inputHeight + part.firstRow + row % height * stride
      Kernels.channelwise.pointee.copy(
        contiguous + (row - rows.lowerBound) * width * channels, channels, width, channels,
        result + (inputRow * g.window.inputWidth + part.firstColumn) * channels, stride * channels)
    }
  }
}

/// Cuts the work for the engine's threads; the kernels' bits do not depend on it.
private func convolve(
  _ x: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ method: gaze_method, _ epilogue: Epilogue,
  _ geometry: gaze_convolution, on engine: Engine, into y: UnsafeMutablePointer<Float>
) {
  var g = geometry
  let kernels = Kernels.convolution.pointee
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

/// W_bar = patches(x)^T y_bar, summed over fixed runs of output rows and then over the runs. Where the patches are the
/// pixels as they lie in memory, OpenBLAS multiplies; else a kernel that need not gather them.
///
/// - Parameters:
///   - result: kernel height x kernel width x C x O; every element is written.
func convolutionFilterVJPKernel(
  _ x: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>, _ g: Convolution, method: gaze_method,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let pixels = g.batch * g.window.outputPixels
  // Each run sums for itself and is worth a few additions of filters.
  let tiles = min(8, max(1, pixels / 256))
  if g.window.isPointwise {
    sumOverRuns(of: pixels, tiles: tiles, count: g.filterShape.count, on: engine, into: result) { _, run, sum in
      matrixProduct(
        Matrix(x + run.lowerBound * g.inputChannels, rows: run.count, columns: g.inputChannels).transposed,
        Matrix(cotangent + run.lowerBound * g.outputChannels, rows: run.count, columns: g.outputChannels), into: sum,
        stride: g.outputChannels)
    }
    return
  }
  let kernels = Kernels.convolution.pointee
  let geometry = g.forKernels()
  let (rows, scratchCount) = withUnsafePointer(to: geometry) {
    (kernels.filter_vjp_rows($0, method), kernels.filter_vjp_scratch_count($0, method))
  }
  sumOverRuns(of: rows, tiles: tiles, count: g.filterShape.count, on: engine, into: result) { _, run, sum in
    var g = geometry
    withScratch(scratchCount, from: engine.pool) {
      kernels.filter_vjp(&g, method, x, cotangent, run.lowerBound, run.upperBound, $0, sum)
    }
  }
}
