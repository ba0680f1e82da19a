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
    withScratch(batch * shape[1] * channels, from: tape.engine.pool) { rowSums in
      x.value.withElements { rowSumKernel($0, width: shape[2], channels: channels, on: tape.engine, into: rowSums) }
      meanKernel(ofRowSums: rowSums, rows: shape[1], pixels: pixels, channels: channels, into: y)
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      cotangent.withElements { cotangent in
        withScratch(cotangent.count, from: pass.engine.pool) { shares in
          for i in cotangent.indices { shares[i] = cotangent[i] / Float(pixels) }
          for image in 0..<batch {
            copyColumns(
              of: shares + image * channels, stride: 0, to: result.baseAddress! + image * pixels * channels,
              stride: channels, rows: pixels, columns: channels, on: pass.engine)
          }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}
