import Autodiff

/// The names of a batch normalisation's vectors and its epsilon.
///
/// Ioffe and Szegedy, arXiv 1502.03167, eq. for inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
package struct NormalizationParameters: Hashable, Sendable {
  /// nil where there is none, which stands for 1.
  package var scale: String?
  package var shift: String
  package var mean: String
  package var variance: String
  package var epsilon: Double

  /// PyTorch's names under a prefix: `weight`, `bias`, `running_mean`, `running_var`.
  package init(_ prefix: String, epsilon: Double) {
    scale = prefix + ".weight"
    shift = prefix + ".bias"
    mean = prefix + ".running_mean"
    variance = prefix + ".running_var"
    self.epsilon = epsilon
  }

  /// Keras' names under a layer: `gamma`, `beta`, `moving_mean`, `moving_variance`.
  ///
  /// - Parameter isScaled: whether there is a `gamma`.
  package init(keras layer: String, epsilon: Double, isScaled: Bool = true) {
    scale = isScaled ? layer + "/gamma" : nil
    shift = layer + "/beta"
    mean = layer + "/moving_mean"
    variance = layer + "/moving_variance"
    self.epsilon = epsilon
  }

  /// The normalisation as factor and term for each channel: y = factor x + term, in Double.
  func folded(_ weights: WeightReader, channels: Int) throws(WeightError) -> (factor: [Double], term: [Double]) {
    let scale =
      try scale.map { name throws(WeightError) in try weights.values(name, .vector, [channels]) }
      ?? [Float](repeating: 1, count: channels)
    let shift = try weights.values(shift, .vector, [channels])
    let mean = try weights.values(mean, .vector, [channels])
    let variance = try weights.values(variance, .vector, [channels])
    let factor = (0..<channels).map { Double(scale[$0]) / (Double(variance[$0]) + epsilon).squareRoot() }
    let term = (0..<channels).map { Double(shift[$0]) - Double(mean[$0]) * factor[$0] }
    return (factor, term)
  }
}
