/// y[..., c] = a(x[..., c] scale[c] + shift[c]): batch normalization with frozen statistics, where no convolution
/// before it can take it in; Ioffe and Szegedy, arXiv 1502.03167.
///
/// - x: any shape whose last axis is C; scale and shift: [C]; result: the shape of x.
/// - VJP, with z the argument of a: z_bar = a'(z) y_bar; x_bar = z_bar scale; scale_bar[c] = sum of x z_bar and
///   shift_bar[c] = sum of z_bar over all axes but the last.
/// - Keeps scale if x is tracked, x if scale is tracked, and what `activate` keeps if anything is tracked.
package func affine(
  _ x: Variable, scale: Variable, shift: Variable, activation: Activation = .identity
) -> Variable {
  precondition(x.shape.rank >= 1 && x.shape.count > 0, "affine: x \(x.shape) has no channels or no elements")
  let (shape, channels) = (x.shape, x.shape[x.shape.rank - 1])
  precondition(
    scale.shape == [channels] && shift.shape == [channels],
    "affine: scale \(scale.shape) and shift \(shift.shape) must be [\(channels)]")
  guard let tape = x.tape else { preconditionFailure("affine: x is not on a tape") }

  let fused = activation.fusable(isTracked: x.isTracked || scale.isTracked || shift.isTracked)
  let y = Tensor(shape, in: tape.engine.pool) { y in
    withElements(x.value, scale.value) { x, scale in
      shift.value.withElements {
        affineKernel(
          x.baseAddress!, stride: channels, scale: scale, shift: $0, fused, pixels: shape.count / channels,
          on: tape.engine, into: y.baseAddress!, stride: channels)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let scale = scale.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        withElements(cotangent, scale) {
          scaleChannelsKernel(
            $0, by: $1, pixels: shape.count / channels, channels: channels, on: pass.engine, into: result)
        }
      }
    }
  }
  if scale.isTracked {
    let x = x.value
    pullbacks.add(for: scale) { cotangent, pass in
      Tensor([channels], in: pass.engine.pool) { result in
        withElements(x, cotangent) { channelDotKernel($0, $1, channels: channels, on: pass.engine, into: result) }
      }
    }
  }
  addBiasPullback(for: shift, to: &pullbacks)
  return complete(activation, fused: fused, in: tape.record(y, pullbacks))
}
