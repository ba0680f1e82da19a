import Autodiff

/// Layer normalisation over the last axis: Ba et al., arXiv 1607.06450.
struct LayerNormalizationLayer: Sendable {
  private enum Form: Sendable {
    case frozen(scale: Tensor, shift: Tensor)
    case trainable(scale: Parameter, shift: Parameter)
  }

  private let form: Form
  private let epsilon: Double

  /// - Parameter module: has `weight` and `bias`, [channels] each.
  init(_ weights: WeightReader, _ module: String, channels: Int, epsilon: Double) throws(WeightError) {
    try self.init(
      weights, scale: module + ".weight", shift: module + ".bias", channels: channels, epsilon: epsilon)
  }

  init(_ weights: WeightReader, scale: String, shift: String, channels: Int, epsilon: Double) throws(WeightError) {
    self.epsilon = epsilon
    if let trainable = weights.trainable {
      form = .trainable(
        scale: try weights.parameter(scale, .vector, [channels], trainable),
        shift: try weights.parameter(shift, .vector, [channels], trainable))
    } else {
      form = .frozen(
        scale: try weights.tensor(scale, .vector, [channels]), shift: try weights.tensor(shift, .vector, [channels]))
    }
  }

  func callAsFunction(_ x: Variable) -> Variable {
    switch form {
    case .frozen(let scale, let shift):
      return layerNormalization(x, scale: .constant(scale), shift: .constant(shift), epsilon: epsilon)
    case .trainable(let scale, let shift):
      guard let tape = x.tape else { preconditionFailure("LayerNormalizationLayer: x is not on a tape") }
      return layerNormalization(
        x, scale: tape.variable(of: scale), shift: tape.variable(of: shift), epsilon: epsilon)
    }
  }
}
