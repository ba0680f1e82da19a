import Autodiff

/// A layer between a network's features and its last layer.
///
/// The names of its parameters say all that there is to say of it, so whatever copies a model's weights copies its
/// head: `hidden.0.linear_relu.weight` belongs to the first such layer, which is fully connected and followed by ReLU.
package struct HiddenLayer: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case linear
    /// Batch normalisation of vectors with PyTorch's epsilon, 1e-5.
    case normalization = "norm"
    /// The same with Keras' epsilon, 1e-3.
    case kerasNormalization = "keras-norm"
  }

  package let index: Int
  package let kind: Kind
  package let activation: HeadActivation

  package init(index: Int, kind: Kind, activation: HeadActivation) {
    self.index = index
    self.kind = kind
    self.activation = activation
  }

  /// The layer that a parameter of this name belongs to; nil if it belongs to none.
  package init?(parameter name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "hidden", let index = Int(parts[1]), index >= 0 else { return nil }
    let words = parts[2].split(separator: "_", omittingEmptySubsequences: false)
    guard (1...2).contains(words.count), let kind = Kind(rawValue: String(words[0])),
      let activation = words.count == 1 ? HeadActivation.none : HeadActivation(rawValue: String(words[1]))
    else { return nil }
    self.init(index: index, kind: kind, activation: activation)
  }

  /// Those that the parameters of a head belong to, in order.
  package static func all(in names: [String]) -> [HiddenLayer] {
    Set(names.compactMap { HiddenLayer(parameter: $0) }).sorted { $0.index < $1.index }
  }

  /// What its parameters' names begin with.
  package var module: String {
    "hidden.\(index).\(kind.rawValue)" + (activation == .none ? "" : "_\(activation.rawValue)")
  }
}

/// What a head applies between its fully connected layers.
package enum HeadActivation: String, Hashable, Sendable, CaseIterable {
  case none, relu, gelu, silu, hardswish

  var activation: Activation {
    switch self {
    case .none: .identity
    case .relu: .relu
    case .gelu: .gelu
    case .silu: .silu
    case .hardswish: .hardSwish
    }
  }
}
