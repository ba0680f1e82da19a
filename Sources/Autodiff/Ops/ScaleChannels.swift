/// y[n, h, w, c] = x[n, h, w, c] s[n, c]: the gate of squeeze-and-excitation; Hu et al., arXiv 1709.01507.
///
/// - x: [N, H, W, C]; s: [N, C]; result: [N, H, W, C].
/// - VJP: x_bar[n, h, w, c] = y_bar[n, h, w, c] s[n, c]; s_bar[n, c] = sum over h, w of x[n, h, w, c] y_bar[n, h, w,
///   c].
/// - Keeps s if x is tracked, x if s is tracked.
package func scaleChannels(_ x: Variable, by s: Variable) -> Variable {
  precondition(x.shape.rank == 4, "scaleChannels: x must be NHWC, got \(x.shape)")
  precondition(
    s.shape == [x.shape[0], x.shape[3]], "scaleChannels: s must be [\(x.shape[0]), \(x.shape[3])], got \(s.shape)")
  guard let tape = x.tape ?? s.tape else { preconditionFailure("scaleChannels: neither x nor s is on a tape") }
  let shape = x.shape
  let (batch, pixels, channels) = (shape[0], shape[1] * shape[2], shape[3])
  precondition(shape.count > 0, "scaleChannels: x \(shape) has no elements")

  let y = Tensor(shape, in: tape.engine.pool) { y in
    withElements(x.value, s.value) {
      scaleChannelsKernel($0, by: $1, pixels: pixels, channels: channels, on: tape.engine, into: y)
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let s = s.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        withElements(cotangent, s) {
          scaleChannelsKernel($0, by: $1, pixels: pixels, channels: channels, on: pass.engine, into: result)
        }
      }
    }
  }
  if s.isTracked {
    let x = x.value
    pullbacks.add(for: s) { cotangent, pass in
      Tensor([batch, channels], in: pass.engine.pool) { result in
        withElements(x, cotangent) {
          channelDotKernel($0, $1, batch: batch, channels: channels, on: pass.engine, into: result)
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}
