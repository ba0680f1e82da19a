import Autodiff

/// How the parameters of a module are called: by PyTorch's leaves or Keras'.
struct ParameterNaming: Hashable, Sendable {
  let layout: WeightLayout
  /// Of the batch normalisations.
  let epsilon: Double

  func weight(_ module: String) -> String { module + (layout == .pyTorch ? ".weight" : "/kernel") }

  func bias(_ module: String) -> String { module + (layout == .pyTorch ? ".bias" : "/bias") }

  func normalization(_ module: String) -> NormalizationParameters {
    switch layout {
    case .pyTorch: NormalizationParameters(module, epsilon: epsilon)
    case .keras: NormalizationParameters(keras: module, epsilon: epsilon)
    }
  }
}
