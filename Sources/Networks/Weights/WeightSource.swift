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
}

/// Where a network's parameters come from: the model store, a published file, a rule for tests.
package protocol WeightSource {
  /// The extents of a parameter in the layout of its role; nil if there is no parameter of this name.
  func shape(of name: String, _ role: ParameterRole) -> Shape?

  /// The elements of a parameter in C order of that shape.
  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float]

  /// Every parameter there is, for the account of what a network did not use.
  var names: [String] { get }
}

/// What can be wrong between a network and a set of weights.
package enum WeightError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case wrongShape(String, expected: Shape, found: Shape)
  case unused([String])
  case notFinite(String)
  case file(WeightFileError)

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
    case .file(let error):
      error.description
    }
  }
}

/// Hands parameters to a network under construction, checks their shapes, and remembers which were asked for.
package final class WeightReader {
  private let source: any WeightSource
  /// Weights live as long as their model, so their memory goes back to the system with it.
  private let pool = BufferPool(idleLimit: 0)
  private var used: Set<String> = []

  package init(_ source: any WeightSource) { self.source = source }

  /// The parameter's extents, for what a file decides: the number of classes.
  package func shape(of name: String, _ role: ParameterRole) throws(WeightError) -> Shape {
    guard let shape = source.shape(of: name, role) else { throw .missing(name) }
    return shape
  }

  package func has(_ name: String, _ role: ParameterRole) -> Bool { source.shape(of: name, role) != nil }

  /// The elements of a parameter of this shape.
  package func values(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> [Float] {
    let found = try shape(of: name, role)
    guard found == expected else { throw .wrongShape(name, expected: expected, found: found) }
    used.insert(name)
    let values = try source.values(of: name, role)
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
    return values
  }

  package func tensor(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> Tensor {
    tensor(expected, try values(name, role, expected))
  }

  /// A tensor that lives with the model, such as a filter with its batch normalisation folded in.
  package func tensor(_ shape: Shape, _ values: [Float]) -> Tensor { Tensor(shape, values, in: pool) }

  /// Throws if the source holds anything that was never asked for: an unused tensor is a wrong network.
  package func requireAllUsed() throws(WeightError) {
    let unused = source.names.filter { !used.contains($0) }
    if !unused.isEmpty { throw .unused(unused.sorted()) }
  }
}
