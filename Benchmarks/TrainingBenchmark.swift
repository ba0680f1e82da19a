import ArgumentParser
import Autodiff
import Models
import Networks
import TestSupport

/// A network that is trained, and on what.
struct TrainingShape {
  let network: String
  let side: Int
  let batch: Int
  /// Whether batch normalisations keep their running statistics: fine-tuning.
  let keepsStatistics: Bool

  /// What `gaze train` does most: the small network from scratch, EfficientNet-Lite0 fine-tuned.
  static let usual = [
    TrainingShape(network: "small-cnn", side: 64, batch: 32, keepsStatistics: false),
    TrainingShape(network: "small-cnn", side: 64, batch: 64, keepsStatistics: false),
    TrainingShape(network: "efficientnet-lite0", side: 128, batch: 32, keepsStatistics: true),
  ]
}

/// Trains a network on one batch of noise, again and again.
final class TrainingStep {
  /// Elements of all that the optimizer changes.
  let parameterCount: Int
  private(set) var lastLoss: Float = .nan
  private let trainable: TrainableNetwork
  private let parameters: [Parameter]
  private var moments: [(mean: Tensor, square: Tensor)]
  private let images: Tensor
  private let targets: Tensor
  private let engine: Engine
  private var number = 0

  private static let classes = 4

  init(_ shape: TrainingShape, store: ModelStore, threads: Int) throws {
    guard let architecture = Architecture.named(shape.network) else {
      throw BenchmarkError("There is no network '\(shape.network)'.")
    }
    // As much as a step needs stays with the pool.
    engine = Engine(pool: BufferPool(idleLimit: 8 << 30), threadCount: threads)
    let source: any WeightSource =
      store.contains(shape.network)
      ? try TransferredWeights(
        store.storedWeights(of: shape.network), of: architecture, classes: Self.classes, seed: 1)
      : try InitialWeights(of: architecture, classes: Self.classes, seed: 1)
    trainable = try TrainableNetwork(architecture, source, TrainableLayers(keepsStatistics: shape.keepsStatistics))
    parameters = trainable.parameters.map(\.parameter)
    parameterCount = parameters.reduce(0) { $0 + $1.shape.count }
    let pool = engine.pool
    moments = parameters.map { (.zeros($0.shape, in: pool), .zeros($0.shape, in: pool)) }
    var generator = SplitMix64(seed: 1)
    let extents: Shape = [shape.batch, shape.side, shape.side, 3]
    images = Tensor(extents, generator.units(extents.count), in: pool)
    let oneHot = (0..<shape.batch).flatMap { image in
      (0..<Self.classes).map { Float($0 == image % Self.classes ? 1 : 0) }
    }
    targets = Tensor([shape.batch, Self.classes], oneHot, in: pool)
  }

  /// Forward pass, gradients of all weights, AdamW.
  func run() {
    number += 1
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 1, stream: UInt64(number))))
    let loss = softmaxCrossEntropy(trainable.network(tape.constant(images)), targets: targets)
    let gradients = tape.cotangents(of: loss, at: parameters)
    let step = AdamWStep(learningRate: 1e-4, number: number, weightDecay: 0.01)
    for (index, parameter) in parameters.enumerated() {
      let next = step(
        value: parameter.value, gradient: gradients[index], mean: moments[index].mean, square: moments[index].square,
        on: engine)
      parameter.replace(next.value)
      moments[index] = (next.mean, next.square)
    }
    lastLoss = loss.value.elements[0]
  }

  var counters: BufferPool.Counters { engine.pool.counters }
}

struct TrainingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "Measures steps of training.",
    discussion: """
      Forward pass, gradients of all weights and AdamW on one batch of noise: the small network at 64x64 as from scratch, EfficientNet-Lite0 at \
      128x128 with the running statistics of its normalisations kept, as when it is fine-tuned. Networks that the store does not have get \
      random weights. Blocks are those that a step had to ask the system for: none once the pool is warm.
      """)

  @Option(name: .customLong("repeat"), help: "Steps that are timed.")
  var repetitions = 10

  @OptionGroup var options: ModelOptions

  func run() throws {
    let store = Models(store: options.store).store
    var table = Table([
      "network", "side", "batch", "threads", "min ms", "median ms", "images/s", "peak MiB", "blocks a step",
    ])
    for shape in TrainingShape.usual {
      for threads in options.threads {
        let step = try TrainingStep(shape, store: store, threads: threads)
        for _ in 0..<2 { step.run() }
        let before = step.counters.fromSystem
        let times = Times(repeat: repetitions, step.run)
        let blocks = Double(step.counters.fromSystem - before) / Double(repetitions + 1)
        table.add([
          .text(shape.network), .integer(shape.side), .integer(shape.batch), .integer(threads), .number(times.minimum),
          .number(times.median), .number(Double(shape.batch) / times.median * 1e3, digits: 1),
          .integer(step.counters.peak >> 20), .number(blocks, digits: 1),
        ])
      }
    }
    try table.print(json: options.json)
  }
}
