/// y[n, h, w, c] = (x[n, h, w, c] - m[n]) / sqrt(v[n] + epsilon), with m and v the mean and the variance (of the population) of image n over
/// all its pixels and channels: brightness and contrast of the light are taken out of a picture.
///
/// - x: [N, H, W, C], at least one element an image; result: the shape of x.
/// - VJP, through the statistics: x_bar = (y_bar - mean(y_bar) - y mean(y_bar y)) / sqrt(v + epsilon), means over an image.
/// - Keeps y and a number an image.
package func standardize(_ x: Variable, epsilon: Double) -> Variable {
  precondition(x.shape.rank == 4 && x.shape.count > 0, "standardize: x must be NHWC and not empty, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("standardize: x is not on a tape") }
  let (shape, batch) = (x.shape, x.shape[0])
  let count = shape.count / batch

  var inverses = [Double](repeating: 0, count: batch)
  let y = Tensor(shape, in: tape.engine.pool) { y in
    x.value.withElements { x in
      for image in 0..<batch {
        let place = image * count..<(image + 1) * count
        let mean = x[place].reduce(0) { $0 + Double($1) } / Double(count)
        let variance = x[place].reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
        inverses[image] = 1 / (variance + epsilon).squareRoot()
        for i in place { y[i] = Float((Double(x[i]) - mean) * inverses[image]) }
      }
    }
  }

  var pullbacks = Pullbacks()
  let factors = inverses
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      withElements(y, cotangent) { y, cotangent in
        for image in 0..<batch {
          let place = image * count..<(image + 1) * count
          var (sum, product) = (0.0, 0.0)
          for i in place {
            sum += Double(cotangent[i])
            product += Double(cotangent[i]) * Double(y[i])
          }
          let (mean, slope) = (sum / Double(count), product / Double(count))
          for i in place {
            result[i] = Float((Double(cotangent[i]) - mean - Double(y[i]) * slope) * factors[image])
          }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}
