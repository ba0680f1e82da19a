/// y[n, i, j, c] = a(sum over u, v of x[n, i s + u - top, j s + v - left, c] W[u, v, c] + b[c]); Howard et al.,
/// "MobileNets", arXiv 1704.04861.
///
/// - x: [N, H, W, C]; filter W: [kernel height, kernel width, C]; bias b: [C] or nil; result: [N, H', W', C].
/// - VJP, with z the argument of a: z_bar = a'(z) y_bar; x_bar[n, h, w, c] = sum of z_bar[n, i, j, c] W[u, v, c] over
///   the windows that cover (h, w); W_bar[u, v, c] = sum over n, i, j of x[...] z_bar[n, i, j, c]; b_bar = z_bar
///   summed over n, i, j.
/// - Keeps W if x is tracked, x if W is tracked, and what `activate` keeps if anything is tracked. Kinks as
///   in `activate`.
package func depthwiseConvolution(
  _ x: Variable, filter: Variable, bias: Variable? = nil, stride: Int = 1, padding: Padding = .valid,
  activation: Activation = .identity
) -> Variable {
  precondition(x.shape.rank == 4, "depthwiseConvolution: x must be NHWC, got \(x.shape)")
  precondition(
    filter.shape.rank == 3 && filter.shape[2] == x.shape[3],
    "depthwiseConvolution: the filter must be HWC with the channels of x \(x.shape), got \(filter.shape)")
  precondition(
    bias == nil || bias!.shape == [x.shape[3]],
    "depthwiseConvolution: bias \(bias!.shape) does not fit x \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("depthwiseConvolution: x is not on a tape") }

  let window = Window(
    "depthwiseConvolution", inputHeight: x.shape[1], inputWidth: x.shape[2], kernelHeight: filter.shape[0],
    kernelWidth: filter.shape[1], stride: stride, padding: padding)
  let g = ChannelwiseWindow(batch: x.shape[0], window: window, channels: x.shape[3])

  let fused = activation.fusable(isTracked: x.isTracked || filter.isTracked || bias?.isTracked == true)
  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    withElements(x.value, filter.value) { x, filter in
      withElements(bias?.value) { bias in
        depthwiseConvolutionKernel(x, filter: filter, bias: bias, fused, g, on: tape.engine, into: y)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let filter = filter.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(g.inputShape, in: pass.engine.pool) { result in
        withElements(cotangent, filter) { depthwiseInputVJPKernel($0, filter: $1, g, on: pass.engine, into: result) }
      }
    }
  }
  if filter.isTracked {
    let x = x.value
    let shape = filter.shape
    pullbacks.add(for: filter) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        withElements(x, cotangent) { depthwiseFilterVJPKernel($0, $1, g, on: pass.engine, into: result) }
      }
    }
  }
  if let bias { addBiasPullback(for: bias, to: &pullbacks) }
  return complete(activation, fused: fused, in: tape.record(y, pullbacks))
}
