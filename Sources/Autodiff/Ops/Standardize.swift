/// y[n, h, w, c] = (x[n, h, w, c] - m[n]) / sqrt(v[n] + epsilon), with m and v the mean and the variance (of the
/// population) of image n over all its pixels and channels: brightness and contrast of the light are taken out of a
/// picture.
///
/// - x: [N, H, W, C], at least one element an image; result: the shape of x.
/// - VJP, through the statistics: x_bar = (y_bar - mean(y_bar) - y mean(y_bar y)) / sqrt(v + epsilon), means over an
///   image.
/// - Keeps y and a number an image.
package func standardize(_ x: Variable, epsilon: Double) -> Variable {
  precondition(x.shape.rank == 4 && x.shape.count > 0, "standardize: x must be NHWC and not empty, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("standardize: x is not on a tape") }
  let (shape, batch) = (x.shape, x.shape[0])
  let count = shape.count / batch

  let statistics = x.value.withElements { imageMoments(of: $0, batch: batch, on: tape.engine) }
  let factors = statistics.map { 1 / ($0.variance + epsilon).squareRoot() }
  let y = Tensor(shape, in: tape.engine.pool) { y in
    x.value.withElements { x in
      tape.engine.forEach(batch) { image in
        let (mean, factor) = (statistics[image].mean, factors[image])
        for i in image * count..<(image + 1) * count { y[i] = Float((Double(x[i]) - mean) * factor) }
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      withElements(y, cotangent) { y, cotangent in
        pass.engine.forEach(batch) { image in
          let place = image * count..<(image + 1) * count
          var (sum, product) = (0.0, 0.0)
          for i in place {
            sum += Double(cotangent[i])
            product += Double(cotangent[i]) * Double(y[i])
          }
          let (mean, slope, factor) = (sum / Double(count), product / Double(count), factors[image])
          for i in place { result[i] = Float((Double(cotangent[i]) - mean - Double(y[i]) * slope) * factor) }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// Mean and variance (of the population) of each image's elements, in Double.
private func imageMoments(
  of x: UnsafeBufferPointer<Float>, batch: Int, on engine: Engine
) -> [(mean: Double, variance: Double)] {
  let count = x.count / batch
  return withScratch(2 * batch, of: Double.self, from: engine.pool) { moments in
    engine.forEach(batch) { image in
      let elements = x[image * count..<(image + 1) * count]
      let mean = elements.reduce(0) { $0 + Double($1) } / Double(count)
      moments[2 * image] = mean
      moments[2 * image + 1] = elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    }
    return (0..<batch).map { (moments[2 * $0], moments[2 * $0 + 1]) }
  }
}
