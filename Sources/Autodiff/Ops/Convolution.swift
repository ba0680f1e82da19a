/// y[n, i, j, o] = a(sum over u, v, c of x[n, i s + u - top, j s + v - left, c] W[u, v, c, o] + b[o]):
/// cross-correlation, as every framework's convolution.
///
/// - x: [N, H, W, C]; filter W: [kernel height, kernel width, C, O]; bias b: [O] or nil; result: [N, H', W', O].
/// - VJP, with z the argument of a: z_bar = a'(z) y_bar; x_bar = z_bar correlated with the flipped filter (spread by
///   the stride); W_bar[u, v, c, o] = sum over n, i, j of x[n, i s + u - top, j s + v - left, c] z_bar[n, i, j, o];
///   b_bar = z_bar summed over n, i, j.
/// - Keeps W if x is tracked, x if W is tracked, and what `activate` keeps if anything is tracked. Kinks as in
///   `activate`. W is packed for the kernels in each pass: for weights that do not change there is `FrozenConvolution`.
package func convolution(
  _ x: Variable, filter: Variable, bias: Variable? = nil, stride: Int = 1, padding: Padding = .valid,
  activation: Activation = .identity
) -> Variable {
  precondition(x.shape.rank == 4, "convolution: x must be NHWC, got \(x.shape)")
  precondition(
    filter.shape.rank == 4 && filter.shape.count > 0, "convolution: the filter must be HWIO, got \(filter.shape)")
  precondition(
    x.shape[3] == filter.shape[2], "convolution: x \(x.shape) and filter \(filter.shape) differ in channels")
  precondition(
    bias == nil || bias!.shape == [filter.shape[3]],
    "convolution: bias \(bias!.shape) does not fit filter \(filter.shape)")
  guard let tape = x.tape else { preconditionFailure("convolution: x is not on a tape") }

  let window = Window(
    "convolution", inputHeight: x.shape[1], inputWidth: x.shape[2], kernelHeight: filter.shape[0],
    kernelWidth: filter.shape[1], stride: stride, padding: padding)
  let g = Convolution(
    batch: x.shape[0], window: window, inputChannels: x.shape[3], outputChannels: filter.shape[3])

  let fused = activation.fusable(isTracked: x.isTracked || filter.isTracked || bias?.isTracked == true)
  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    withElements(x.value, filter.value) { x, filter in
      withElements(bias?.value) { bias in
        convolutionKernel(
          x.baseAddress!, inputStride: g.inputChannels,
          filter: PackedFilter(
            g.filterShape, filter.baseAddress!, method: g.method, in: tape.engine.pool, on: tape.engine),
          Epilogue(bias: bias?.baseAddress, activation: fused, outputStride: g.outputChannels), g, on: tape.engine,
          into: y.baseAddress!)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let filter = filter.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(g.inputShape, in: pass.engine.pool) { result in
        withElements(cotangent, filter) {
          convolutionInputVJPKernel(
            $0.baseAddress!,
            filter: TransposedFilter(
              g.filterShape, $1.baseAddress!, method: g.method, stride: stride, in: pass.engine.pool, on: pass.engine),
            g, on: pass.engine, into: result.baseAddress!)
        }
      }
    }
  }
  if filter.isTracked {
    let x = x.value
    let shape = filter.shape
    pullbacks.add(for: filter) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        withElements(x, cotangent) {
          convolutionFilterVJPKernel(
            $0.baseAddress!, $1.baseAddress!, g, method: g.method, on: pass.engine, into: result)
        }
      }
    }
  }
  if let bias { addBiasPullback(for: bias, to: &pullbacks) }
  return complete(activation, fused: fused, in: tape.record(y, pullbacks))
}

/// b_bar = z_bar summed over all axes but the last.
func addBiasPullback(for bias: Variable, to pullbacks: inout Pullbacks) {
  let shape = bias.shape
  pullbacks.add(for: bias) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      cotangent.withElements { channelSumKernel($0, channels: shape.count, on: pass.engine, into: result) }
    }
  }
}
