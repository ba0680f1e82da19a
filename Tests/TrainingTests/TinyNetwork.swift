import Autodiff
import Models
import TestSupport

@testable import Networks
@testable import Training

/// A network small enough to be worked out by hand: a 2x2 convolution of one channel to two with ReLU, the mean over
/// space, a fully connected layer to three classes.
struct TinyWeights: WeightSource {
  static let shapes: [(name: String, shape: Shape)] = [
    ("conv.weight", [2, 2, 1, 2]), ("conv.bias", [2]), ("fc.weight", [3, 2]), ("fc.bias", [3]),
  ]

  var values =
    [
      "conv.weight": [0.5, -0.3, 0.2, 0.4, -0.6, 0.1, 0.3, 0.7], "conv.bias": [0.1, -0.05],
      "fc.weight": [0.4, -0.2, 0.3, 0.6, -0.5, 0.25], "fc.bias": [0.05, 0, -0.1],
    ] as [String: [Float]]

  var names: [String] { Array(values.keys) }
  func shape(of name: String, _ role: ParameterRole) -> Shape? { Self.shapes.first { $0.name == name }?.shape }
  func values(of name: String, _ role: ParameterRole) -> [Float] { values[name]! }

  static func build(_ weights: WeightReader) throws(WeightError) -> Network {
    let convolution = try ConvolutionLayer(
      weights, "conv.weight", bias: "conv.bias", kernel: 2, inputs: 1, outputs: 2, padding: .valid, activation: .relu)
    let dense = try ClassifierHead(weights, "fc.weight", bias: "fc.bias", inputs: 2, outputs: 3)
    let head = Network.Head(meanOf: "conv", weights, dense)
    return Network(
      stages: [Network.Stage("conv") { convolution($0) }, Network.Stage("logits") { head($0) }], targetLayer: "conv",
      classCount: 3, head: head)
  }
}

/// Trains the tiny network on numbers.
struct TinyTask: TrainingTask {
  let trainable: TrainableNetwork
  let steps: [LabelledInputs]
  let rateFactors: [Double]

  /// - Parameter steps: the batches of every epoch.
  init(steps: [LabelledInputs], dropout: Double = 0, rateFactors: [Double] = [1, 1, 1, 1]) throws {
    trainable = try TrainableNetwork(
      TinyWeights(), TrainableLayers(dropoutRate: dropout), build: TinyWeights.build)
    self.steps = steps
    self.rateFactors = rateFactors
  }

  var parameters: [TrainableParameter] { trainable.parameters }
  var statistics: [Parameter] { trainable.statistics }
  var stepsPerEpoch: Int { steps.count }

  func inputs(fromEpoch epoch: Int, step: Int) -> any InputStream { Stream(steps, step) }

  func logits(_ inputs: Tensor, on tape: Tape) -> Variable { trainable.network(tape.constant(inputs)) }

  /// On the images that it is trained on.
  func validate(
    _ values: [String: Tensor], _ body: (_ logits: Tensor, _ labels: ImageLabels) -> Void
  ) throws(TrainingError) {
    let engine = Engine(threadCount: 1)
    do {
      let network = try TinyWeights.build(WeightReader(trainable.weights { values[$0] }))
      for step in steps {
        body(network(Tape(engine: engine).constant(step.inputs)).value, step.labels)
      }
    } catch {
      throw .weights(error)
    }
  }

  private final class Stream: InputStream {
    private let steps: [LabelledInputs]
    private var place: Int

    init(_ steps: [LabelledInputs], _ place: Int) {
      self.steps = steps
      self.place = place
    }

    func next() -> LabelledInputs? {
      defer { place += 1 }
      return steps[place % steps.count]
    }
  }

  /// Batches of images of 3x3 pixels.
  static func someSteps(_ count: Int, batch: Int = 2, seed: UInt64 = 9) -> [LabelledInputs] {
    var random = SplitMix64(seed: seed)
    let pool = BufferPool()
    return (0..<count).map { step in
      LabelledInputs(
        inputs: Tensor([batch, 3, 3, 1], random.units(batch * 9), in: pool),
        labels: ImageLabels((0..<batch).map { (step + $0) % 3 }))
    }
  }
}

extension TrainingConfiguration.Phase {
  /// One without anything that is optional.
  static func plain(
    epochs: Int = 1, kind: OptimizerSettings.Kind = .sgd, rate: Double = 0.1, decay: Double = 0,
    trains: TrainingConfiguration.Trained = .all, batch: Int = 8
  ) -> Self {
    Self(
      trains: trains, epochs: epochs, batchSize: batch,
      optimizer: OptimizerSettings(kind: kind, learningRate: rate, weightDecay: decay), warmUp: 0)
  }
}

extension TrainingLoop {
  /// A loop that nobody watches and nobody stops.
  init(_ task: any TrainingTask, _ phase: TrainingConfiguration.Phase, threads: Int = 1, seed: UInt64 = 0) {
    self.init(
      task, phase, number: 1, of: 1, seed: seed, on: Engine(threadCount: threads), report: { _ in },
      isCancelled: { false })
  }
}
