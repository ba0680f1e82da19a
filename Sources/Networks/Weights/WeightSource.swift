package import Autodiff

/// What a parameter is for. It decides how its elements are laid out in Gaze, whatever file they come from.
package enum ParameterRole: String, Hashable, Sendable {
  /// [kernel height, kernel width, in, out]
  case convolution
  /// [kernel height, kernel width, channels]
  case depthwise
  /// [out, in]
  case linear
  /// [count]: biases and the four vectors of a batch normalisation
  case vector
  /// [count, channels]: learned tokens, such as a class token and position embeddings
  case tokens
}

/// A parameter of a network: its name, what it is for, and its extents in the layout of that role.
package struct ParameterDescription: Hashable, Sendable {
  package let name: String
  package let role: ParameterRole
  package let shape: Shape

  package init(_ name: String, _ role: ParameterRole, _ shape: Shape) {
    self.name = name
    self.role = role
    self.shape = shape
  }
}

/// Where a network's parameters come from: the model store, a published file, a rule for tests.
package protocol WeightSource {
  /// The extents of a parameter in the layout of its role; nil if there is no parameter of this name.
  func shape(of name: String, _ role: ParameterRole) -> Shape?

  /// The elements of a parameter in C order of that shape.
  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float]

  /// Writes the elements of a parameter in C order of its shape to `target`, which holds exactly as many.
  func read(
    _ name: String, _ role: ParameterRole, into target: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError)

  /// Every parameter there is, for the account of what a network did not use.
  var names: [String] { get }
}

extension WeightSource {
  package func read(
    _ name: String, _ role: ParameterRole, into target: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    _ = target.initialize(from: try values(of: name, role))
  }
}

/// What can be wrong between a network and a set of weights.
package enum WeightError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case wrongShape(String, expected: Shape, found: Shape)
  case unused([String])
  case notFinite(String)
  /// The file that holds a parameter cannot be read; its reader's message.
  case unreadable(String)

  package var description: String {
    switch self {
    case .missing(let name):
      "The weights hold no parameter named \(name); they may belong to another network."
    case .wrongShape(let name, let expected, let found):
      "Parameter \(name) has shape \(found), but this network needs \(expected)."
    case .unused(let names):
      "The weights hold \(names.count) parameter(s) that this network does not use, so they belong to another one: "
        + names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "") + "."
    case .notFinite(let name):
      "Parameter \(name) holds values that are not finite; the file is damaged or its training diverged."
    case .unreadable(let reason):
      reason
    }
  }
}
