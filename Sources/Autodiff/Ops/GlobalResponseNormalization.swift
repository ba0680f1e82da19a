import CKernels

/// y[n, h, w, c] = x[n, h, w, c] (1 + scale[c] r[n, c]) + shift[c], with r[n, c] = g[n, c] / (mean of g[n, :] +
/// epsilon) and g[n, c] the Euclidean norm of channel c over the pixels of image n; Woo et al., "ConvNeXt V2", arXiv
/// 2301.00808, section 3.2, with the residual inside.
///
/// - x: [N, H, W, C]; scale and shift: [C]; result: the shape of x.
/// - VJP, with u[n, c] = sum over h, w of x y_bar, r_bar = scale u, m = mean of g[n, :] + epsilon and g_bar[n, c] =
///   r_bar[n, c] / m - mean over k of r_bar[n, k] r[n, k] / m: x_bar = y_bar (1 + scale r) + x g_bar / g; scale_bar[c]
///   = sum over n of u r; shift_bar[c] = sum of y_bar over all axes but the last. Where a channel is 0 throughout an
///   image, g has no derivative and g_bar / g is 0.
/// - Keeps x, and g and r, which are [N, C], if x or scale is tracked.
package func globalResponseNormalization(
  _ x: Variable, scale: Variable, shift: Variable, epsilon: Double
) -> Variable {
  precondition(x.shape.rank == 4 && x.shape.count > 0, "globalResponseNormalization: x must be NHWC, got \(x.shape)")
  let (shape, batch, channels) = (x.shape, x.shape[0], x.shape[3])
  precondition(
    scale.shape == [channels] && shift.shape == [channels],
    "globalResponseNormalization: scale \(scale.shape) and shift \(shift.shape) must be [\(channels)]")
  guard let tape = x.tape else { preconditionFailure("globalResponseNormalization: x is not on a tape") }
  let responses = Responses(of: x.value, epsilon: epsilon, on: tape.engine)
  let factors = responses.factors(scale.value)

  let y = Tensor(shape, in: tape.engine.pool) { y in
    withElements(x.value, shift.value) { x, shift in
      factors.withUnsafeBufferPointer { factors in
        let pixels = shape[1] * shape[2]
        for image in 0..<batch {
          let offset = image * pixels * channels
          affineKernel(
            x.baseAddress! + offset, stride: channels,
            scale: UnsafeBufferPointer(rebasing: factors[image * channels..<(image + 1) * channels]), shift: shift,
            .identity, pixels: pixels, on: tape.engine, into: y.baseAddress! + offset, stride: channels)
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked || scale.isTracked {
    let (kept, scaleValue, tracked) = (x.value, scale.value, (x: x.isTracked, scale: scale.isTracked))
    pullbacks.addJoint(for: [x, scale]) { cotangent, pass in
      let products = responses.products(kept, cotangent, on: pass.engine)
      var cotangents: [Tensor] = []
      if tracked.x {
        cotangents.append(
          responses.inputVJP(kept, cotangent, scale: scaleValue, factors: factors, products, on: pass.engine))
      }
      if tracked.scale {
        let sums = (0..<channels).map { c in
          (0..<batch).reduce(0.0) {
            $0 + Double(products[$1 * channels + c]) * responses.ratios[$1 * channels + c]
          }
        }
        cotangents.append(Tensor([channels], sums.map { Float($0) }, in: pass.engine.pool))
      }
      return cotangents
    }
  }
  addBiasPullback(for: shift, to: &pullbacks)
  return tape.record(y, pullbacks)
}

/// The norms of the channels of a batch of images, and what follows from them; [N, C] each, in Double.
private struct Responses: Sendable {
  let channels: Int
  /// g
  let norms: [Double]
  /// r
  let ratios: [Double]
  /// m of each image.
  let means: [Double]

  init(of x: Tensor, epsilon: Double, on engine: Engine) {
    let (batch, channels) = (x.shape[0], x.shape[3])
    var squares = [Float](repeating: 0, count: batch * channels)
    squares.withUnsafeMutableBufferPointer { squares in
      x.withElements { channelDotKernel($0, $0, batch: batch, channels: channels, on: engine, into: squares) }
    }
    let norms = squares.map { Double($0).squareRoot() }
    means = (0..<batch).map { image in
      norms[image * channels..<(image + 1) * channels].reduce(0, +) / Double(channels) + epsilon
    }
    ratios = norms.indices.map { [means] in norms[$0] / means[$0 / channels] }
    self.norms = norms
    self.channels = channels
  }

  /// 1 + scale r
  func factors(_ scale: Tensor) -> [Float] {
    scale.withElements { scale in ratios.indices.map { Float(1 + Double(scale[$0 % channels]) * ratios[$0]) } }
  }

  /// u
  func products(_ x: Tensor, _ cotangent: Tensor, on engine: Engine) -> [Float] {
    var products = [Float](repeating: 0, count: norms.count)
    products.withUnsafeMutableBufferPointer { products in
      withElements(x, cotangent) {
        channelDotKernel($0, $1, batch: means.count, channels: channels, on: engine, into: products)
      }
    }
    return products
  }

  /// y_bar (1 + scale r) + x g_bar / g
  func inputVJP(
    _ x: Tensor, _ cotangent: Tensor, scale: Tensor, factors: [Float], _ products: [Float], on engine: Engine
  ) -> Tensor {
    let slopes = slopes(scale, products)
    let pixels = x.shape[1] * x.shape[2]
    let zeros = [Float](repeating: 0, count: channels)
    return Tensor(x.shape, in: engine.pool) { result in
      let result = result.baseAddress!
      withElements(x, cotangent) { x, cotangent in
        // A run lies in one image.
        let runs = cutIntoRuns(pixels, tiles: 16, multiple: rowsWorthATask(columns: channels))
        engine.forEach(means.count * runs.count) { index in
          let (image, run) = (index / runs.count, runs[index % runs.count])
          let offset = (image * pixels + run.lowerBound) * channels
          factors.withUnsafeBufferPointer { factors in
            slopes.withUnsafeBufferPointer { slopes in
              zeros.withUnsafeBufferPointer { zeros in
                var n = gaze_normalization(
                  scale: factors.baseAddress! + image * channels, shift: zeros.baseAddress, mean: zeros.baseAddress,
                  activation: GAZE_IDENTITY, rule: GAZE_RULE_EXACT)
                Kernels.channelwise.pointee.normalization_vjp(
                  &n, x.baseAddress! + offset, cotangent.baseAddress! + offset,
                  slopes.baseAddress! + image * channels, zeros.baseAddress, run.count, channels, result + offset)
              }
            }
          }
        }
      }
    }
  }

  /// g_bar / g
  private func slopes(_ scale: Tensor, _ products: [Float]) -> [Float] {
    let cotangents = scale.withElements { scale in
      products.indices.map { Double(scale[$0 % channels]) * Double(products[$0]) }
    }
    let common = means.indices.map { image in
      (image * channels..<(image + 1) * channels).reduce(0.0) { $0 + cotangents[$1] * ratios[$1] } / Double(channels)
    }
    return norms.indices.map {
      norms[$0] > 0 ? Float((cotangents[$0] - common[$0 / channels]) / (means[$0 / channels] * norms[$0])) : 0
    }
  }
}
