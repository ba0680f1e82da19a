/// y[n, i, j, c] = the mean of x[n, i s + u - top, j s + v - left, c] over the places (u, v) of the window; what lies
/// outside of the image counts as 0, or not at all.
///
/// - x: [N, H, W, C]; a kernel x kernel window; result: [N, H', W', C].
/// - Parameter countsPadding: divides by kernel^2 everywhere, as PyTorch's `count_include_pad` does by default; else by
///   the number of the window's places in the image, as Keras does.
/// - VJP: x_bar[n, h, w, c] = sum of y_bar[n, i, j, c] / (number of places) over the windows that cover (h, w). Keeps
///   nothing.
package func averagePooling(
  _ x: Variable, kernel: Int, stride: Int, padding: Padding = .valid, countsPadding: Bool = true
) -> Variable {
  precondition(x.shape.rank == 4, "averagePooling: x must be NHWC, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("averagePooling: x is not on a tape") }

  let window = Window(
    "averagePooling", inputHeight: x.shape[1], inputWidth: x.shape[2], kernelHeight: kernel, kernelWidth: kernel,
    stride: stride, padding: padding)
  precondition(window.everyPlaceMeetsImage, "averagePooling: with padding \(padding) a window misses the image")
  let g = ChannelwiseWindow(batch: x.shape[0], window: window, channels: x.shape[3])

  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    x.value.withElements { averagePoolingKernel($0, g, countsPadding: countsPadding, on: tape.engine, into: y) }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(g.inputShape, in: pass.engine.pool) { result in
      cotangent.withElements {
        averagePoolingVJPKernel($0, g, countsPadding: countsPadding, on: pass.engine, into: result)
      }
    }
  }
  return tape.record(y, pullbacks)
}
