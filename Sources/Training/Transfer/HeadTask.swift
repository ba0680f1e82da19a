import Autodiff
import Models
import Networks

/// Trains the last layer of a network on features that the frozen rest computed once.
struct HeadTask: TrainingTask {
  let trainable: TrainableNetwork
  let parameters: [TrainableParameter]
  let statistics: [Parameter] = []
  private let head: Network.Head
  /// One for each copy of the images.
  private let copies: [Features]
  private let validation: Features?
  private let batchSize: Int
  private let epochs: Int
  private let seed: UInt64
  private let engine: Engine

  /// - Parameters:
  ///   - copies: at least one, all of the same images.
  ///   - source: the network's weights.
  init(
    _ architecture: Architecture, _ source: any WeightSource, phase: TrainingConfiguration.Phase, copies: [Features],
    validation: Features?, seed: UInt64, on engine: Engine
  ) throws(TrainingError) {
    do {
      trainable = try TrainableNetwork(architecture, source, TrainableLayers(dropoutRate: phase.dropout))
    } catch {
      throw .weights(error)
    }
    guard let head = trainable.network.head else {
      preconditionFailure("HeadTask: \(architecture.name) has no head")
    }
    self.head = head
    self.copies = copies
    self.validation = validation
    self.seed = seed
    self.engine = engine
    batchSize = min(phase.batchSize, copies[0].count)
    epochs = phase.epochs
    // The parameters that the head asks a tape for are the ones to train.
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 0)))
    _ = head.classify(tape.constant(copies[0].batch([0], in: engine.pool)))
    let names = Set(tape.parameters.map(\.name))
    parameters = trainable.parameters.filter { names.contains($0.parameter.name) }
  }

  var rateFactors: [Double] { parameters.map { _ in 1 } }
  var stepsPerEpoch: Int { copies[0].count / batchSize }

  func inputs(fromEpoch epoch: Int, step: Int) -> any InputStream {
    FeatureStream(
      copies, batchSize: batchSize, seed: seed, pool: engine.pool, from: epoch * stepsPerEpoch + step,
      to: epochs * stepsPerEpoch)
  }

  func logits(_ inputs: Tensor, on tape: Tape) -> Variable { head.classify(tape.constant(inputs)) }

  func validate(
    _ values: [String: Tensor], _ body: (_ logits: Tensor, _ labels: ImageLabels) -> Void
  ) throws(TrainingError) {
    guard let validation else { return }
    let present = parameters.map(\.parameter.value)
    defer { for (parameter, value) in zip(parameters, present) { parameter.parameter.replace(value) } }
    for parameter in parameters { values[parameter.parameter.name].map(parameter.parameter.replace) }
    for start in stride(from: 0, to: validation.count, by: 256) {
      let items = Array(start..<min(start + 256, validation.count))
      let tape = Tape(engine: engine)
      body(
        head.classify(tape.constant(validation.batch(items, in: engine.pool))).value,
        validation.data.labels(of: items))
    }
  }
}

/// Features in random order: epoch e takes copy e, and begins with the first copy again after the last.
private final class FeatureStream: InputStream {
  private let copies: [Features]
  private let batchSize: Int
  private let seed: UInt64
  private let pool: BufferPool
  private var place: Int
  private let end: Int
  private var order: (epoch: Int, items: [Int])?

  /// - Parameter place: the number of the first step, counted over all epochs.
  init(_ copies: [Features], batchSize: Int, seed: UInt64, pool: BufferPool, from place: Int, to end: Int) {
    self.copies = copies
    self.batchSize = batchSize
    self.seed = seed
    self.pool = pool
    self.place = place
    self.end = end
  }

  func next() -> LabelledInputs? {
    guard place < end else { return nil }
    let steps = copies[0].count / batchSize
    let (epoch, step) = place.quotientAndRemainder(dividingBy: steps)
    place += 1
    if order?.epoch != epoch {
      order = (epoch, RandomNumbers(seed: ~seed, stream: UInt64(epoch)).permutation(copies[0].count))
    }
    let items = Array(order!.items[step * batchSize..<(step + 1) * batchSize])
    let copy = copies[epoch % copies.count]
    return LabelledInputs(inputs: copy.batch(items, in: pool), labels: copy.data.labels(of: items))
  }
}
