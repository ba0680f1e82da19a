/// y[n, c] = mean over h, w of x[n, h, w, c]; Lin et al., "Network In Network", arXiv 1312.4400.
///
/// - x: [N, H, W, C]; result: [N, C].
/// - VJP: x_bar[n, h, w, c] = y_bar[n, c] / (H W). Keeps nothing.
package func globalAveragePool(_ x: Variable) -> Variable {
  precondition(x.shape.rank == 4, "globalAveragePool: x must be NHWC, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("globalAveragePool: x is not on a tape") }
  let shape = x.shape
  let (batch, pixels, channels) = (shape[0], shape[1] * shape[2], shape[3])
  precondition(pixels > 0, "globalAveragePool: x \(shape) has no pixels")

  let y = Tensor([batch, channels], in: tape.engine.pool) { y in
    x.value.withElements { x in
      y.update(repeating: 0)
      for image in 0..<batch {
        let mean = y.baseAddress! + image * channels
        for pixel in 0..<pixels {
          let values = x.baseAddress! + (image * pixels + pixel) * channels
          for c in 0..<channels { mean[c] += values[c] }
        }
        for c in 0..<channels { mean[c] /= Float(pixels) }
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      cotangent.withElements { cotangent in
        for image in 0..<batch {
          let share = cotangent.baseAddress! + image * channels
          let first = result.baseAddress! + image * pixels * channels
          for c in 0..<channels { first[c] = share[c] / Float(pixels) }
          for pixel in 1..<max(pixels, 1) { (first + pixel * channels).update(from: first, count: channels) }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}
