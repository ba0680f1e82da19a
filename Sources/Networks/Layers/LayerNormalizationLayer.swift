import Autodiff

/// Layer normalisation over the channels: of each pixel of an image, or of a row of features.
struct LayerNormalizationLayer: Sendable {
  private let scale: LayerWeight
  private let shift: LayerWeight
  private let epsilon: Double

  /// - Parameter name: of the module that has the parameters `weight` and `bias`, [channels] each.
  init(_ weights: WeightReader, _ name: String, channels: Int, epsilon: Double) throws(WeightError) {
    scale = try LayerWeight(weights, name + ".weight", .vector, [channels])
    shift = try LayerWeight(weights, name + ".bias", .vector, [channels])
    self.epsilon = epsilon
  }

  func callAsFunction(_ x: Variable) -> Variable {
    guard let tape = x.tape else { preconditionFailure("LayerNormalizationLayer: x is not on a tape") }
    return layerNormalization(
      x, scale: scale.variable(on: tape), shift: shift.variable(on: tape), epsilon: epsilon)
  }
}
