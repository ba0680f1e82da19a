import Autodiff

/// Squeeze-and-excitation: each channel is scaled by a gate between 0 and 1 that all channels' means decide.
///
/// y = x sigmoid(W2 a(W1 mean(x) + b1) + b2); Hu et al., arXiv 1709.01507, equations 2 to 4, with the reduction's
/// activation a.
struct SqueezeExcitation: Sendable {
  private let squeeze: FullyConnectedLayer
  private let excite: FullyConnectedLayer
  private let activation: Activation

  /// - Parameters:
  ///   - squeeze: name of the reducing 1x1 convolution, without the leaf `weight` or `bias`.
  ///   - excite: name of the restoring one.
  init(
    _ weights: WeightReader, squeeze: String, excite: String, channels: Int, reduced: Int, activation: Activation
  ) throws(WeightError) {
    self.squeeze = try FullyConnectedLayer(
      weights, pointwise: squeeze + ".weight", bias: squeeze + ".bias", inputs: channels, outputs: reduced)
    self.excite = try FullyConnectedLayer(
      weights, pointwise: excite + ".weight", bias: excite + ".bias", inputs: reduced, outputs: channels)
    self.activation = activation
  }

  /// From the means over space, [N, C], to the factors, [N, C].
  func gate(_ means: Variable) -> Variable { activate(excite(activate(squeeze(means), activation)), .sigmoid) }
}
