package import Autodiff

/// Batch normalisation and activation by themselves, where no convolution comes before them that the normalisation
/// could be folded into, as in DenseNet.
package struct NormalizedActivation: Sendable {
  private enum Form: Sendable {
    case frozen(scale: Tensor, shift: Tensor)
    case trainable(TrainableNormalization)
  }

  private let form: Form
  private let activation: Activation

  package init(
    _ weights: WeightReader, _ normalization: NormalizationParameters, channels: Int, activation: Activation
  ) throws(WeightError) {
    self.activation = activation
    if let trainable = weights.trainable {
      form = .trainable(try TrainableNormalization(weights, trainable, normalization, channels: channels))
      return
    }
    let (factor, term) = try normalization.folded(weights, channels: channels)
    form = .frozen(
      scale: weights.tensor([channels], factor.map { Float($0) }),
      shift: weights.tensor([channels], term.map { Float($0) }))
  }

  /// Factor and term of each channel; nil while they are trained.
  var frozen: (scale: Tensor, shift: Tensor)? {
    if case .frozen(let scale, let shift) = form { (scale, shift) } else { nil }
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    switch form {
    case .frozen(let scale, let shift):
      affine(x, scale: .constant(scale), shift: .constant(shift), activation: activation)
    case .trainable(let normalization):
      normalization(x, activation: activation)
    }
  }
}
