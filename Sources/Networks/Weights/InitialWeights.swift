package import Autodiff

/// The random weights that training begins with: all of a network's, or a new last layer's on top of what a trained
/// network knows.
///
/// Filters and matrices are normal with mean 0 and variance 2 / fan-out, so that ReLUs keep the gradient's variance: He
/// et al., "Delving Deep into Rectifiers", arXiv 1502.01852, equation 14; those of the last layer have deviation 0.01,
/// so that every class is as likely at first, those of learned tokens 0.02 (Dosovitskiy et al., arXiv 2010.11929).
/// Biases and shifts are 0, scales and variances of normalisations 1, ConvNeXt's layer scale 1e-6 (arXiv 2201.03545,
/// table 5) and the logarithm of Swin V2's scale ln 10 (arXiv 2111.09883). What a parameter becomes depends on the seed
/// and its name alone.
package struct InitialWeights: WeightSource, Sendable {
  private let parameters: [ParameterDescription]
  private let byName: [String: ParameterDescription]
  private let head: HeadWeight
  private let seed: UInt64

  /// - Parameter classes: what the last layer tells apart.
  package init(of architecture: Architecture, classes: Int, seed: UInt64) throws(WeightError) {
    let account = WeightAccount(head: architecture.head, classes: classes)
    _ = try architecture.build(WeightReader(describing: account))
    parameters = account.entries.map { $0.parameter }
    byName = Dictionary(parameters.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    head = architecture.head
    self.seed = seed
  }

  package var names: [String] { parameters.map { $0.name } }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { byName[name]?.shape }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let parameter = byName[name] else { throw .missing(name) }
    let count = parameter.shape.count
    if parameter.role == .vector {
      let leaf = String(name.split(whereSeparator: isNameSeparator).last ?? "")
      let value: Float =
        switch leaf {
        case "weight", "gamma", "running_var", "moving_variance": 1
        case "layer_scale": 1e-6
        case "logit_scale": 2.3025851
        default: 0
        }
      return [Float](repeating: value, count: count)
    }
    let deviation =
      head.owns(name) ? 0.01 : parameter.role == .tokens ? 0.02 : (2 / Double(fanOut(parameter))).squareRoot()
    let numbers = RandomNumbers(seed: seed, stream: fnv1a64(name))
    return (0..<count).map { Float(deviation * numbers.normal($0)) }
  }

  /// Over how many products the gradient of one input sums, at stride 1.
  private func fanOut(_ parameter: ParameterDescription) -> Int {
    let shape = parameter.shape
    return switch parameter.role {
    case .convolution: shape[0] * shape[1] * shape[3]
    case .depthwise: shape[0] * shape[1]
    case .linear: shape[0]
    case .vector, .tokens: 1
    }
  }
}

/// What a trained network knows, under a new last layer; its hidden layers go with the old one.
package struct TransferredWeights: WeightSource {
  private let base: any WeightSource
  private let initial: InitialWeights
  private let head: HeadWeight

  /// - Parameter base: the weights of a network of this architecture, with whatever number of classes.
  package init(
    _ base: any WeightSource, of architecture: Architecture, classes: Int, seed: UInt64
  ) throws(WeightError) {
    self.base = base
    initial = try InitialWeights(of: architecture, classes: classes, seed: seed)
    head = architecture.head
  }

  package var names: [String] { base.names.filter { HiddenLayer(parameter: $0) == nil } }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? {
    HiddenLayer(parameter: name) == nil ? source(of: name).shape(of: name, role) : nil
  }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    try source(of: name).values(of: name, role)
  }

  /// Weight and bias of the last layer are new.
  private func source(of name: String) -> any WeightSource { head.owns(name) ? initial : base }
}
