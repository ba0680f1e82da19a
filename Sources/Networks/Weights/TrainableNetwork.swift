package import Autodiff

/// How the layers of a network are built that is to be trained, and the parameters that they asked for.
package final class TrainableLayers {
  /// How far a batch moves the running statistics of a batch normalisation.
  let normalizationMomentum: Double
  /// Whether batch normalisations keep the running statistics that they came with, in training too.
  let keepsStatistics: Bool
  /// The share of features that the last layer does without in a step of training.
  let dropoutRate: Double
  fileprivate var parameters: [TrainableParameter] = []
  fileprivate var statistics: [Parameter] = []

  /// - Parameter dropoutRate: Srivastava et al., "Dropout", JMLR 15 (2014); 0 for none.
  package init(normalizationMomentum: Double = 0.1, keepsStatistics: Bool = false, dropoutRate: Double = 0) {
    self.normalizationMomentum = normalizationMomentum
    self.keepsStatistics = keepsStatistics
    self.dropoutRate = dropoutRate
  }
}

/// Leaves out some of what the last layer reads, while a step of training runs; else nothing.
struct Dropout: Sendable {
  private let rate: Double

  init(_ weights: WeightReader) { rate = weights.trainable?.dropoutRate ?? 0 }

  func callAsFunction(_ x: Variable) -> Variable { rate > 0 ? dropout(x, rate: rate, layer: 0) : x }
}

/// A parameter that an optimizer changes, and how it goes back into the store.
package struct TrainableParameter: Sendable {
  package let parameter: Parameter
  package let role: ParameterRole
  private let matrix: StoredMatrix?

  fileprivate init(_ parameter: Parameter, _ role: ParameterRole, _ matrix: StoredMatrix? = nil) {
    self.parameter = parameter
    self.role = role
    self.matrix = matrix
  }

  /// Biases and the scales and shifts of normalisations: vectors, which weight decay leaves alone.
  package var isVector: Bool { role == .vector }

  /// Extents in the store.
  var storedShape: Shape { matrix?.storedShape(of: parameter.shape) ?? parameter.shape }

  /// The elements of such a parameter as the store lays them out.
  func stored(_ value: Tensor) -> [Float] { matrix?.stored(value.elements, parameter.shape) ?? value.elements }
}

/// A network whose parameters can be trained.
///
/// It is one value for training and inference: a tape in training mode watches its parameters and normalises by the
/// batch. A step of training moves the running statistics, so only one may run at a time.
package struct TrainableNetwork: Sendable {
  package let network: Network
  /// What an optimizer changes, in the order in which the network asked for them.
  package let parameters: [TrainableParameter]
  /// The running means and variances of the batch normalisations.
  package let statistics: [Parameter]

  package init(_ architecture: Architecture, _ source: any WeightSource, _ layers: TrainableLayers) throws(WeightError)
  {
    try self.init(source, layers, build: architecture.build)
  }

  init(
    _ source: any WeightSource, _ layers: TrainableLayers, build: (WeightReader) throws(WeightError) -> Network
  ) throws(WeightError) {
    network = try build(WeightReader(source, trainable: layers))
    parameters = layers.parameters
    statistics = layers.statistics
  }

  /// Values of parameters and statistics, by name, as a source of weights with the store's names and layouts.
  ///
  /// - Parameter value: nil stands for the parameter's own.
  package func weights(_ value: (String) -> Tensor? = { _ in nil }) -> TrainedWeights {
    TrainedWeights(
      parameters.map { trainable in
        let parameter = trainable.parameter
        let tensor = value(parameter.name) ?? parameter.value
        return TrainedWeights.Entry(
          name: parameter.name, role: trainable.role, shape: trainable.storedShape, values: { trainable.stored(tensor) }
        )
      }
        + statistics.map { statistic in
          let tensor = value(statistic.name) ?? statistic.value
          return TrainedWeights.Entry(
            name: statistic.name, role: .vector, shape: statistic.shape, values: { tensor.elements })
        })
  }
}

/// Weights that were trained: from them the network is built that serves, and the store's file is written.
package struct TrainedWeights: WeightSource, Sendable {
  package struct Entry: Sendable {
    package let name: String
    package let role: ParameterRole
    package let shape: Shape
    package let values: @Sendable () -> [Float]

    package init(name: String, role: ParameterRole, shape: Shape, values: @escaping @Sendable () -> [Float]) {
      self.name = name
      self.role = role
      self.shape = shape
      self.values = values
    }
  }

  package let entries: [Entry]
  private let byName: [String: Entry]

  package init(_ entries: [Entry]) {
    self.entries = entries
    byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
  }

  package var names: [String] { entries.map { $0.name } }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { byName[name]?.shape }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let entry = byName[name] else { throw .missing(name) }
    return entry.values()
  }
}

extension WeightReader {
  /// A parameter that is trained, from its present value.
  func parameter(
    _ name: String, _ role: ParameterRole, _ shape: Shape, _ trainable: TrainableLayers
  ) throws(WeightError) -> Parameter {
    let parameter = Parameter(name, try tensor(name, role, shape))
    trainable.parameters.append(TrainableParameter(parameter, role))
    return parameter
  }

  /// A matrix [outputs, inputs] that is trained.
  func parameter(
    _ name: String, _ stored: StoredMatrix, _ shape: Shape, _ trainable: TrainableLayers
  ) throws(WeightError) -> Parameter {
    let values = try values(name, stored.role, stored.storedShape(of: shape))
    let parameter = Parameter(name, tensor(shape, stored.rows(values, shape)))
    trainable.parameters.append(TrainableParameter(parameter, stored.role, stored))
    return parameter
  }

  /// A running statistic: no optimizer changes it, the batches do.
  func statistic(_ name: String, _ shape: Shape, _ trainable: TrainableLayers) throws(WeightError) -> Parameter {
    let statistic = Parameter(name, try tensor(name, .vector, shape))
    trainable.statistics.append(statistic)
    return statistic
  }
}
