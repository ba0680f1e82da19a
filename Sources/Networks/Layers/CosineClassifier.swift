import Autodiff
import Glibc

/// Logits that are cosines: z_c = s (x . w_c) / (|x| |w_c|), of an image's embedding x and a class's embedding w_c.
///
/// Source: Radford et al., arXiv 2103.00020, figure 3. The scale s, whose logarithm is a parameter, is not trained.
struct CosineClassifier: Sendable {
  private enum Form: Sendable {
    /// The classes' directions times the scale.
    case frozen(Tensor)
    case trainable(Parameter, scale: Tensor, zero: Tensor)
  }

  /// s of the published models, which were trained with this limit; for files that do not have it.
  private static let usualScale: Float = 100

  private let form: Form

  /// - Parameters:
  ///   - name: the embeddings' parameter, [classes, width].
  ///   - scaleName: the parameter ln s; there need not be one.
  init(
    _ weights: WeightReader, _ name: String, logarithmOfScale scaleName: String, classes: Int, width: Int
  ) throws(WeightError) {
    let scale = try Self.scale(weights, scaleName)
    if let trainable = weights.trainable {
      form = .trainable(
        try weights.parameter(name, .linear, [classes, width], trainable),
        scale: weights.tensor([classes], [Float](repeating: scale, count: classes)),
        zero: weights.tensor([classes], [Float](repeating: 0, count: classes)))
      return
    }
    let directions = Self.scaledDirections(
      try weights.values(name, .linear, [classes, width]), width: width, by: scale)
    form = .frozen(weights.tensor([classes, width], directions))
  }

  private static func scale(_ weights: WeightReader, _ name: String) throws(WeightError) -> Float {
    guard weights.has(name, .vector) else { return usualScale }
    // Of a network that is trained it is kept with the statistics, which no optimizer changes.
    let logarithm =
      if let trainable = weights.trainable {
        try weights.statistic(name, [], trainable).value.elements
      } else {
        try weights.values(name, .vector, [])
      }
    return Float(exp(Double(logarithm[0])))
  }

  /// Each row divided by its length, times `scale`.
  private static func scaledDirections(_ values: [Float], width: Int, by scale: Float) -> [Float] {
    var result = values
    for start in stride(from: 0, to: values.count, by: width) {
      let length = values[start..<start + width].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let factor = Double(scale) / max(length, .leastNormalMagnitude)
      for place in start..<start + width { result[place] = Float(Double(values[place]) * factor) }
    }
    return result
  }

  /// - Parameter x: embeddings of length 1, [N, width].
  func callAsFunction(ofUnit x: Variable) -> Variable {
    switch form {
    case .frozen(let directions): return linear(x, weight: .constant(directions))
    case .trainable(let embeddings, let scale, let zero):
      guard let tape = x.tape else { preconditionFailure("CosineClassifier: x is not on a tape") }
      let cosines = linear(x, weight: unitRows(tape.variable(of: embeddings)))
      return affine(cosines, scale: .constant(scale), shift: .constant(zero))
    }
  }
}
