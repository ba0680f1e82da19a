import Autodiff

/// A parameter as a layer holds it: a constant where the network serves, else what an optimizer changes.
enum LayerWeight: Sendable {
  case frozen(Tensor)
  case trainable(Parameter)

  /// - Parameter shape: in the layout of the role.
  init(_ weights: WeightReader, _ name: String, _ role: ParameterRole, _ shape: Shape) throws(WeightError) {
    if let trainable = weights.trainable {
      self = .trainable(try weights.parameter(name, role, shape, trainable))
    } else {
      self = .frozen(try weights.tensor(name, role, shape))
    }
  }

  /// In training the watched parameter, else a constant.
  func variable(on tape: Tape) -> Variable {
    switch self {
    case .frozen(let tensor): tape.constant(tensor)
    case .trainable(let parameter): tape.variable(of: parameter)
    }
  }
}
