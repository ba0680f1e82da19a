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
  /// The file behind a parameter cannot be read; the sentence that its reader says.
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

/// Hands parameters to a network under construction, checks their shapes, and remembers which were asked for.
package final class WeightReader {
  private let source: any WeightSource
  private let account: WeightAccount?
  /// Where parameters are collected that are trained; nil for a network whose weights no longer change.
  let trainable: TrainableLayers?
  /// Weights live as long as their model, so their memory goes back to the system with it.
  private let pool = BufferPool(idleLimit: 0)
  private var used: Set<String> = []

  package init(_ source: any WeightSource) {
    self.source = source
    account = nil
    trainable = nil
  }

  /// A reader for a network that is to be trained.
  init(_ source: any WeightSource, trainable: TrainableLayers) {
    self.source = source
    account = nil
    self.trainable = trainable
  }

  /// A reader that notes down what is missing, misshapen or unused instead of throwing, and puts zeros in the place of what it
  /// cannot give. A network built from it is fit for use only if the account says so.
  package init(_ source: any WeightSource, account: WeightAccount) {
    self.source = source
    self.account = account
    trainable = nil
  }

  /// Bytes of the tensors that have been handed out and are still in use.
  package var liveBytes: Int { pool.counters.live }

  /// The parameter's extents, for what a file decides: the number of classes.
  package func shape(of name: String, _ role: ParameterRole) throws(WeightError) -> Shape {
    let found = source.shape(of: name, role)
    if let account, account.head.name == name, found.flatMap(account.head.classCount) == nil {
      return account.head.shape(classes: account.classes)
    }
    guard let found else { throw .missing(name) }
    return found
  }

  package func has(_ name: String, _ role: ParameterRole) -> Bool { source.shape(of: name, role) != nil }

  /// The elements of a parameter of this shape.
  package func values(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> [Float] {
    guard try canRead(name, role, expected) else { return [Float](repeating: 0, count: expected.count) }
    let values = try source.values(of: name, role)
    guard values.withUnsafeBufferPointer(\.areFinite) else { throw .notFinite(name) }
    return values
  }

  package func tensor(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> Tensor {
    guard try canRead(name, role, expected) else { return .zeros(expected, in: pool) }
    // Straight from the file's mapping into the tensor.
    return try Tensor(expected, in: pool) { elements throws(WeightError) in
      try source.read(name, role, into: elements)
      guard UnsafeBufferPointer(elements).areFinite else { throw .notFinite(name) }
    }
  }

  /// A tensor that lives with the model, such as a filter with its batch normalisation folded in.
  package func tensor(_ shape: Shape, _ values: [Float]) -> Tensor { Tensor(shape, values, in: pool) }

  /// A convolution's filter that lives with the model; see `FrozenFilter`.
  func filter(_ shape: Shape, _ values: [Float], usualExtent: (height: Int, width: Int)?) -> FrozenFilter {
    FrozenFilter(shape, values, usualExtent: usualExtent, in: pool)
  }

  /// Throws if the source holds anything that was never asked for: an unused tensor is a wrong network.
  package func requireAllUsed() throws(WeightError) {
    let unused = source.names.filter { !used.contains($0) }.sorted()
    if let account {
      account.unused = unused
    } else if !unused.isEmpty {
      throw .unused(unused)
    }
  }

  /// Whether the source has the parameter in the expected shape. If not, throws, or notes it down and answers false.
  private func canRead(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> Bool {
    let found = source.shape(of: name, role)
    used.insert(name)
    if let account {
      account.add(name, role, expected, found: found)
      return found == expected
    }
    guard let found else { throw .missing(name) }
    guard found == expected else { throw .wrongShape(name, expected: expected, found: found) }
    return true
  }
}

/// What a network asked for and what it got.
package final class WeightAccount {
  package struct Parameter {
    package let name: String
    package let role: ParameterRole
    package let expected: Shape
    /// nil where the source has none of this name.
    package let found: Shape?
  }

  /// The last layer's weight, which a network needs in order to know its number of classes.
  package let head: NetworkSignature.Head
  /// The number of classes of a network whose source has no such weight.
  let classes: Int
  package private(set) var parameters: [Parameter] = []
  /// Names of the source that the network did not ask for.
  package fileprivate(set) var unused: [String] = []

  package init(head: NetworkSignature.Head, classes: Int = Labels.imageNet.count) {
    self.head = head
    self.classes = classes
  }

  fileprivate func add(_ name: String, _ role: ParameterRole, _ expected: Shape, found: Shape?) {
    parameters.append(Parameter(name: name, role: role, expected: expected, found: found))
  }
}
