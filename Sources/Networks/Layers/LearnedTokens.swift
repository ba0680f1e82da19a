import Autodiff

/// Tokens that a network has learned: class and register tokens, position embeddings.
struct LearnedTokens: Sendable {
  private enum Form: Sendable {
    case frozen(Tensor)
    case trainable(Parameter)
  }

  private let form: Form

  init(_ weights: WeightReader, _ name: String, count: Int, channels: Int) throws(WeightError) {
    let shape: Shape = [count, channels]
    form =
      if let trainable = weights.trainable {
        .trainable(try weights.parameter(name, .tokens, shape, trainable))
      } else {
        .frozen(try weights.tensor(name, .tokens, shape))
      }
  }

  /// [count, channels].
  func callAsFunction(on tape: Tape) -> Variable {
    switch form {
    case .frozen(let tokens): tape.constant(tokens)
    case .trainable(let parameter): tape.variable(of: parameter)
    }
  }

  /// Whether they no longer change.
  var areFrozen: Bool { if case .frozen = form { true } else { false } }
}
