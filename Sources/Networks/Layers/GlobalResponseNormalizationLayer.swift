import Autodiff

/// Global response normalisation; Woo et al., "ConvNeXt V2", arXiv 2301.00808, section 3.2.
struct GlobalResponseNormalizationLayer: Sendable {
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
    guard let tape = x.tape else { preconditionFailure("GlobalResponseNormalizationLayer: x is not on a tape") }
    return globalResponseNormalization(
      x, scale: scale.variable(on: tape), shift: shift.variable(on: tape), epsilon: epsilon)
  }
}
