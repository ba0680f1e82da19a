package import Autodiff

/// Hands parameters to a network under construction, checks their shapes, and remembers which were asked for.
package final class WeightReader {
  private let source: any WeightSource
  private let account: WeightAccount?
  /// Where parameters are collected that are trained; nil for a network whose weights no longer change.
  let trainable: TrainableLayers?
  /// Whether there are no weights at all: then layers only say what they would ask for, and make nothing of it.
  let describes: Bool
  /// Weights live as long as their model, so their memory goes back to the system with it.
  private let pool = BufferPool(idleLimit: 0)
  private var used: Set<String> = []

  package init(_ source: any WeightSource) {
    self.source = source
    account = nil
    trainable = nil
    describes = false
  }

  /// A reader for a network that is to be trained.
  init(_ source: any WeightSource, trainable: TrainableLayers) {
    self.source = source
    account = nil
    self.trainable = trainable
    describes = false
  }

  /// A reader that notes down what is missing, misshapen or unused instead of throwing, and puts zeros in the place of
  /// what it cannot give. A network built from it is fit for use only if the account says so.
  package init(_ source: any WeightSource, account: WeightAccount) {
    self.source = source
    self.account = account
    trainable = nil
    describes = false
  }

  /// A reader for a network that is not to be run: it notes down what is asked for and has nothing to give.
  init(describing account: WeightAccount) {
    source = TrainedWeights([])
    self.account = account
    trainable = nil
    describes = true
  }

  /// Bytes of the tensors that have been handed out and are still in use.
  package var liveBytes: Int { pool.counters.live }

  /// The parameter's extents, for what a file decides: the number of classes.
  package func shape(of name: String, _ role: ParameterRole) throws(WeightError) -> Shape {
    let found = source.shape(of: name, role)
    if let account, account.head.name == name {
      let head = try lastLayer(of: account.head)
      if found.flatMap(head.classCount) == nil { return head.shape(classes: account.classes) }
    }
    guard let found else { throw .missing(name) }
    return found
  }

  /// Of every parameter that there is.
  package var names: [String] { source.names }

  package func has(_ name: String, _ role: ParameterRole) -> Bool { source.shape(of: name, role) != nil }

  /// The elements of a parameter of this shape.
  package func values(_ name: String, _ role: ParameterRole, _ expected: Shape) throws(WeightError) -> [Float] {
    guard try canRead(name, role, expected) else { return [Float](repeating: 0, count: expected.count) }
    let values = try source.values(of: name, role)
    guard values.withUnsafeBufferPointer({ $0.areFinite }) else { throw .notFinite(name) }
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

  /// The weight of a fully connected layer that lives with the model, packed.
  ///
  /// - Parameter matrix: [outputs, inputs].
  func filter(matrix: Tensor) -> FrozenFilter { FrozenFilter(matrix: matrix, in: pool) }
  /// A grouped convolution whose filters live with the model; see `FrozenGroupedConvolution`.
  func groupedConvolution(
    _ shape: Shape, _ values: [Float], groups: Int, usualExtent: (height: Int, width: Int)?, bias: Tensor?,
    stride: Int, padding: Padding, activation: Activation
  ) -> FrozenGroupedConvolution {
    FrozenGroupedConvolution(
      shape, values, groups: groups, usualExtent: usualExtent, bias: bias, stride: stride, padding: padding,
      activation: activation, in: pool)
  }

  /// Notes down a parameter where `describes`.
  func describe(_ name: String, _ role: ParameterRole, _ shape: Shape) {
    account?.add(ParameterDescription(name, role, shape), found: nil)
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
      account.add(ParameterDescription(name, role, expected), found: found)
      return found == expected
    }
    guard let found else { throw .missing(name) }
    guard found == expected else { throw .wrongShape(name, expected: expected, found: found) }
    return true
  }
}
