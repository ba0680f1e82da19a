/// y[n, i, j, c] = max over u, v of x[n, i s + u - top, j s + v - left, c]; what lies outside of the image counts as
/// -infinity.
///
/// - x: [N, H, W, C]; a kernel x kernel window; result: [N, H', W', C]. `ceiling` counts a last window that hangs
///   over the edge (PyTorch's `ceil_mode`).
/// - VJP: y_bar goes to the window's first maximum in row-major order, and to it alone, as in PyTorch; NaN counts as
///   the maximum.
/// - Keeps, if x is tracked, which place of its window each maximum came from: a byte an element.
package func maxPooling(
  _ x: Variable, kernel: Int, stride: Int, padding: Padding = .valid, ceiling: Bool = false
) -> Variable {
  precondition(x.shape.rank == 4, "maxPooling: x must be NHWC, got \(x.shape)")
  precondition((1...16).contains(kernel), "maxPooling: a window's places must fit a byte, its side 16; got \(kernel)")
  guard let tape = x.tape else { preconditionFailure("maxPooling: x is not on a tape") }

  let window = Window(
    "maxPooling", inputHeight: x.shape[1], inputWidth: x.shape[2], kernelHeight: kernel, kernelWidth: kernel,
    stride: stride, padding: padding, ceiling: ceiling)
  precondition(window.everyPlaceMeetsImage, "maxPooling: with padding \(padding) a window misses the image")
  let g = ChannelwiseWindow(batch: x.shape[0], window: window, channels: x.shape[3])

  let winners = x.isTracked ? Storage<UInt8>(count: g.outputShape.count, in: tape.engine.pool) : nil
  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    x.value.withElements { maxPoolingKernel($0, g, on: tape.engine, into: y, winners: winners?.base) }
  }

  var pullbacks = Pullbacks()
  if let winners {
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(g.inputShape, in: pass.engine.pool) { result in
        cotangent.withElements { maxPoolingVJPKernel($0, winners: winners.base, g, on: pass.engine, into: result) }
        withExtendedLifetime(winners) {}
      }
    }
  }
  return tape.record(y, pullbacks)
}
