/// y[n, i, j, c] = mean over u, v of x[n, i s + u, j s + v, c].
///
/// - x: [N, H, W, C]; a kernel x kernel window without padding; result: [N, H', W', C].
/// - VJP: x_bar[n, h, w, c] = sum of y_bar[n, i, j, c] / kernel^2 over the windows that cover (h, w). Keeps nothing.
package func averagePooling(_ x: Variable, kernel: Int, stride: Int) -> Variable {
  precondition(x.shape.rank == 4, "averagePooling: x must be NHWC, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("averagePooling: x is not on a tape") }

  let window = Window(
    "averagePooling", inputHeight: x.shape[1], inputWidth: x.shape[2], kernelHeight: kernel, kernelWidth: kernel,
    stride: stride, padding: .valid)
  let g = ChannelwiseWindow(batch: x.shape[0], window: window, channels: x.shape[3])

  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    x.value.withElements { averagePoolingKernel($0, g, on: tape.engine, into: y) }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(g.inputShape, in: pass.engine.pool) { result in
      cotangent.withElements { averagePoolingVJPKernel($0, g, on: pass.engine, into: result) }
    }
  }
  return tape.record(y, pullbacks)
}
