import Autodiff
import Models
import Networks

/// Trains a network, or its last stages on top of frozen ones, on augmented images.
struct NetworkTask: TrainingTask {
  let trainable: TrainableNetwork
  let parameters: [TrainableParameter]
  let rateFactors: [Double]
  let statistics: [Parameter]
  private let architecture: Architecture
  private let frozen: FrozenStages?
  private let training: BatchLoader
  private let validation: BatchLoader?
  private let epochs: Int
  private let engine: Engine

  /// The stages before those that are trained, in the form that serves.
  private struct FrozenStages {
    let stages: [Network.Stage]
    /// The last of them.
    let layer: String
  }

  /// - Parameters:
  ///   - source: the weights that it begins with.
  ///   - validation: nil where nothing is validated.
  init(
    _ architecture: Architecture, _ source: any WeightSource, phase: TrainingConfiguration.Phase,
    preprocessing: Preprocessing, training: BatchLoader, validation: BatchLoader?, on engine: Engine
  ) throws(TrainingError) {
    self.architecture = architecture
    self.training = training
    self.validation = validation
    self.engine = engine
    epochs = phase.epochs
    do {
      trainable = try TrainableNetwork(
        architecture, source, TrainableLayers(keepsStatistics: phase.keepsStatistics, dropoutRate: phase.dropout))
      let stages = StageParameters(of: trainable, inputShape: preprocessing.inputShape, on: engine)
      let first: Int
      if case .stages(let count) = phase.trains { first = stages.first(ofLast: count) } else { first = 0 }
      frozen =
        first == 0
        ? nil
        : FrozenStages(
          stages: Array(try architecture.build(WeightReader(source)).stages[..<first]),
          layer: trainable.network.stages[first - 1].name)
      let trained = trainable.parameters.compactMap { parameter in
        stages.stage(of: parameter.parameter.name).flatMap { $0 >= first ? (parameter, stages.isHead($0)) : nil }
      }
      parameters = trained.map(\.0)
      rateFactors = trained.map { $0.1 ? phase.headRate : 1 }
      statistics = phase.keepsStatistics ? [] : trainable.statistics
    } catch {
      throw .weights(error)
    }
  }

  var stepsPerEpoch: Int { training.batchesPerEpoch }

  func inputs(fromEpoch epoch: Int, step: Int) -> any InputStream {
    LoaderStream(training.batches(epochs: epoch..<epochs, from: step), of: training.data)
  }

  func logits(_ inputs: Tensor, on tape: Tape) -> Variable {
    guard let frozen else { return trainable.network(tape.constant(inputs)) }
    // A tape of its own, on which nothing is trained.
    let x = frozen.stages.reduce(Tape(engine: engine).constant(inputs)) { $1.run($0) }
    return trainable.network(tape.constant(x.value), after: frozen.layer)
  }

  /// Runs the network as it would be served: normalisations folded, filters packed.
  func validate(
    _ values: [String: Tensor], _ body: (_ logits: Tensor, _ labels: ImageLabels) -> Void
  ) throws(TrainingError) {
    guard let validation else { return }
    let network: Network
    do { network = try architecture.build(WeightReader(trainable.weights { values[$0] })) } catch {
      throw .weights(error)
    }
    let stream = LoaderStream(validation.batches(epoch: 0), of: validation.data)
    while let batch = try stream.next() {
      body(network(Tape(engine: engine).constant(batch.inputs)).value, batch.labels)
    }
  }
}

/// A loader's batches.
private final class LoaderStream: InputStream {
  private let stream: BatchStream
  private let data: LabelledImages

  init(_ stream: BatchStream, of data: LabelledImages) {
    self.stream = stream
    self.data = data
  }

  func next() throws(TrainingError) -> LabelledInputs? {
    do {
      return try stream.next().map { LabelledInputs(inputs: $0.images, labels: data.labels(of: $0.items)) }
    } catch {
      throw .data(error)
    }
  }
}

/// Which stage of a network asks for which parameter.
struct StageParameters {
  /// The stage of each parameter, by its place in the network.
  private let stages: [String: Int]
  /// The stages that have parameters, from the first.
  private let occupied: [Int]

  /// Runs a step of training on a blank image and looks which parameters the tape watches after each stage.
  init(of trainable: TrainableNetwork, inputShape: Shape, on engine: Engine) {
    // The step moves running statistics, and must not.
    let before = trainable.statistics.map(\.value)
    defer { for (statistic, value) in zip(trainable.statistics, before) { statistic.replace(value) } }
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 0)))
    var stages: [String: Int] = [:]
    var index = 0
    _ = trainable.network(tape.constant(.zeros(inputShape, in: engine.pool))) { _, value in
      for parameter in tape.parameters where stages[parameter.name] == nil { stages[parameter.name] = index }
      index += 1
      return value
    }
    self.stages = stages
    occupied = Set(stages.values).sorted()
  }

  func stage(of parameter: String) -> Int? { stages[parameter] }

  /// Whether it is the last stage with parameters: the one that the last layer belongs to.
  func isHead(_ stage: Int) -> Bool { stage == occupied.last }

  /// The first of the last `count` stages that have parameters, the one that gives the logits not counted.
  func first(ofLast count: Int) -> Int {
    let before = occupied.dropLast()
    return count >= before.count ? 0 : before[before.endIndex - count]
  }
}
