import Autodiff

/// Squeeze-and-excitation: each channel is scaled by a gate between 0 and 1 that all channels' means decide.
///
/// y = x g(W2 a(W1 mean(x) + b1) + b2); Hu et al., arXiv 1709.01507, equations 2 to 4, with the reduction's activation
/// a and, for g, the sigmoid or the hard sigmoid that MobileNetV3 has in its place.
struct SqueezeExcitation: Sendable {
  private let squeeze: FullyConnectedLayer
  private let excite: FullyConnectedLayer
  private let activation: Activation
  private let gateActivation: Activation

  /// - Parameters:
  ///   - squeeze: name of the reducing 1x1 convolution, without the leaf of weight or bias.
  ///   - excite: name of the restoring one.
  init(
    _ weights: WeightReader, squeeze: String, excite: String, channels: Int, reduced: Int, activation: Activation,
    gate: Activation = .sigmoid, layout: WeightLayout = .pyTorch
  ) throws(WeightError) {
    let name = ParameterNaming(layout: layout, epsilon: 0)
    self.squeeze = try FullyConnectedLayer(
      weights, pointwise: name.weight(squeeze), bias: name.bias(squeeze), inputs: channels, outputs: reduced)
    self.excite = try FullyConnectedLayer(
      weights, pointwise: name.weight(excite), bias: name.bias(excite), inputs: reduced, outputs: channels)
    self.activation = activation
    gateActivation = gate
  }

  /// From the means over space, [N, C], to the factors, [N, C].
  func gate(_ means: Variable) -> Variable { activate(excite(activate(squeeze(means), activation)), gateActivation) }
}
