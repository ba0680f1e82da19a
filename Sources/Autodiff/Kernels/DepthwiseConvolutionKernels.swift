/// y = a(depthwise(x, W) + bias). A task is one output row.
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
  let window = g.window
  let channels = g.channels
  forEachRow(g.batch * window.outputHeight, on: engine) { index in
    let image = index / window.outputHeight
    let row = index % window.outputHeight
    let kernelRows = window.kernelRows(at: row)
    let line = y.baseAddress! + index * window.outputWidth * channels
    for column in 0..<window.outputWidth {
      let target = line + column * channels
      target.update(repeating: 0, count: channels)
      let origin = column * window.stride - window.left
      for kernelRow in kernelRows {
        let inputRow = image * window.inputHeight + row * window.stride - window.top + kernelRow
        for kernelColumn in window.kernelColumns(at: column) {
          let source = x.baseAddress! + (inputRow * window.inputWidth + origin + kernelColumn) * channels
          let weights = filter.baseAddress! + (kernelRow * window.kernelWidth + kernelColumn) * channels
          for c in 0..<channels { target[c] += source[c] * weights[c] }
        }
      }
    }
    finishRows(
      line, rows: window.outputWidth, columns: channels, stride: channels, bias: bias?.baseAddress, activation)
  }
}

/// x_bar: for each input pixel, the sum over the output pixels whose windows cover it. A task is one input row.
func depthwiseInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let window = g.window
  let channels = g.channels
  forEachRow(g.batch * window.inputHeight, on: engine) { index in
    let image = index / window.inputHeight
    let inputRow = index % window.inputHeight
    let line = result.baseAddress! + index * window.inputWidth * channels
    line.update(repeating: 0, count: window.inputWidth * channels)
    for row in window.outputRows(touching: inputRow..<inputRow + 1) {
      let kernelRow = inputRow - (row * window.stride - window.top)
      for column in 0..<window.outputWidth {
        let origin = column * window.stride - window.left
        let pixel = (image * window.outputHeight + row) * window.outputWidth + column
        let source = cotangent.baseAddress! + pixel * channels
        for kernelColumn in window.kernelColumns(at: column) {
          let weights = filter.baseAddress! + (kernelRow * window.kernelWidth + kernelColumn) * channels
          let target = line + (origin + kernelColumn) * channels
          for c in 0..<channels { target[c] += source[c] * weights[c] }
        }
      }
    }
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
