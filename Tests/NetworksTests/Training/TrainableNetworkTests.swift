import Autodiff
import TestSupport
import Testing

@testable import Networks

/// Every network in the form that is trained, beside the one that serves.
@Suite("Trainable networks")
struct TrainableNetworkTests {
  /// The small networks, and one for each kind of block that only larger ones have.
  static let architectures =
    Architecture.all.map(\.name).filter { parameterCount($0) < 13_000_000 } + [
      "resnet50", "keras-resnet50", "keras-resnet50v2", "resnext50-32x4d", "vgg11-bn", "keras-vgg16",
      "convnext-tiny", "swin-tiny", "swinv2-tiny",
    ]

  private static func parameterCount(_ name: String) -> Int {
    guard let architecture = Architecture.named(name),
      let weights = try? InitialWeights(of: architecture, classes: 5, seed: 0)
    else { return .max }
    return weights.names.reduce(0) { $0 + weights.shape(of: $1, .vector)!.count }
  }

  /// The fully connected layers of VGG take a second each to make.
  static let small = architectures.filter { !$0.contains("vgg") }

  private func architecture(_ name: String) throws -> Architecture { try #require(Architecture.named(name)) }

  private func picture(_ architecture: Architecture, count: Int = 1, in pool: BufferPool) -> Tensor {
    let side = max(64, architecture.inputSides.lowerBound)
    var random = SplitMix64(seed: 5)
    // Where the network itself scales what it gets, that is pixels of 8 bits.
    let takesPixels =
      architecture.preprocessing.deviation == [1, 1, 1] && architecture.preprocessing.mean == [0, 0, 0]
    let values = random.units(count * side * side * 3).map { takesPixels ? ($0 + 1) * 127.5 : $0 }
    return Tensor([count, side, side, 3], values, in: pool)
  }

  @Test("in inference it gives what the served network gives", arguments: architectures)
  func inference(_ name: String) throws {
    let architecture = try architecture(name)
    let weights = try ScrambledWeights(architecture, classes: 5)
    let engine = Engine(threadCount: 2)
    let x = picture(architecture, in: engine.pool)
    let served = try architecture.build(WeightReader(weights))(Tape(engine: engine).constant(x)).value
    let trainable = try TrainableNetwork(architecture, weights, TrainableLayers(dropoutRate: 0.5))
    let logits = trainable.network(Tape(engine: engine).constant(x)).value
    #expect(logits.shape == [1, 5])
    #expect(relativeError(of: logits.elements, from: served.elements.map(Double.init)) < 2e-5)
    // A class activation map of tokens explains what goes into the last block.
    let hasTokens = trainable.network.tokens != nil
    #expect(trainable.network.targetLayer == trainable.network.head?.layer || name.contains("vgg") || hasTokens)
  }

  @Test(
    "what goes back into the store is what came from it, under its names and in its layouts", arguments: architectures)
  func stored(_ name: String) throws {
    let architecture = try architecture(name)
    let weights = try ScrambledWeights(architecture, classes: 5)
    let back = try TrainableNetwork(architecture, weights, TrainableLayers()).weights()
    #expect(Set(back.names) == Set(weights.names))
    #expect(back.names.count == weights.names.count)
    for entry in back.entries {
      #expect(weights.shape(of: entry.name, entry.role) == entry.shape)
      #expect(entry.values() == weights.values(of: entry.name, entry.role), "\(entry.name)")
    }
  }

  @Test("a step of training reaches every parameter, and moves every running statistic", arguments: small)
  func gradients(_ name: String) throws {
    let architecture = try architecture(name)
    let trainable = try TrainableNetwork(
      architecture, ScrambledWeights(architecture, classes: 3), TrainableLayers(dropoutRate: 0.1))
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    let before = trainable.statistics.map(\.value.elements)
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 1)))
    let logits = trainable.network(tape.constant(picture(architecture, count: 2, in: engine.pool)))
    let targets = Tensor([2, 3], [1, 0, 0, 0, 0.5, 0.5], in: engine.pool)
    let loss = softmaxCrossEntropy(logits, targets: targets)
    let parameters = trainable.parameters.map(\.parameter)
    #expect(tape.parameters.map(\.name).sorted() == parameters.map(\.name).sorted())
    let gradients = tape.cotangents(of: loss, at: parameters)
    for (parameter, gradient) in zip(parameters, gradients) {
      #expect(gradient.elements.allSatisfy { $0.isFinite }, "\(parameter.name)")
      // A convolution's bias under a normalisation changes nothing.
      if !parameter.name.hasSuffix("_conv/bias"), gradient.elements.allSatisfy({ $0 == 0 }) {
        Issue.record("\(parameter.name) has no gradient")
      }
    }
    #expect(zip(before, trainable.statistics).allSatisfy { $0 != $1.value.elements })
  }

  @Test("running statistics follow the batch's as PyTorch's do, and stay where they are to be kept")
  func statistics() throws {
    struct Source: WeightSource {
      let values =
        ["n.weight": [2, 1], "n.bias": [0, 1], "n.running_mean": [1, 2], "n.running_var": [4, 1]] as [String: [Float]]
      var names: [String] { Array(values.keys) }
      func shape(of name: String, _ role: ParameterRole) -> Shape? { [2] }
      func values(of name: String, _ role: ParameterRole) -> [Float] { values[name]! }
    }
    let engine = Engine(threadCount: 1)
    // Two images of one pixel, two channels: means 2 and 5, biased variances 1 and 9, unbiased 2 and 18.
    let x = Tensor([2, 1, 1, 2], [1, 2, 3, 8], in: engine.pool)
    for keeps in [false, true] {
      let layers = TrainableLayers(normalizationMomentum: 0.25, keepsStatistics: keeps)
      let reader = WeightReader(Source(), trainable: layers)
      let layer = try NormalizedActivation(
        reader, NormalizationParameters("n", epsilon: 0), channels: 2, activation: .identity)
      let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 0)))
      let y = layer(tape.constant(x)).value.elements
      // Afterwards, in inference.
      let served = layer(Tape(engine: engine).constant(x)).value.elements
      if keeps {
        #expect(y == [0, 1, 2, 7])
        #expect(served == y)
      } else {
        #expect(y == [-2, 0, 2, 2])
        // mean (0.75 * 1 + 0.25 * 2, 0.75 * 2 + 0.25 * 5), variance (0.75 * 4 + 0.25 * 2, 0.75 * 1 + 0.25 * 18).
        let expected = [
          2 * (1 - 1.25) / 3.5.squareRoot(), (2 - 2.75) / 5.25.squareRoot() + 1, 2 * (3 - 1.25) / 3.5.squareRoot(),
          (8 - 2.75) / 5.25.squareRoot() + 1,
        ]
        #expect(relativeError(of: served, from: expected) < 1e-6)
      }
    }
  }

  @Test("the last layer leaves features out in training, and only then")
  func dropout() throws {
    let architecture = try architecture("small-cnn")
    let weights = try ScrambledWeights(architecture, classes: 3)
    let engine = Engine(threadCount: 1)
    let network = try TrainableNetwork(
      architecture, weights, TrainableLayers(keepsStatistics: true, dropoutRate: 0.5)
    ).network
    let x = picture(architecture, in: engine.pool)
    func logits(_ mode: TapeMode) -> [Float] { network(Tape(engine: engine, mode: mode).constant(x)).value.elements }
    let first = logits(.training(RandomNumbers(seed: 1)))
    #expect(first == logits(.training(RandomNumbers(seed: 1))))
    #expect(first != logits(.training(RandomNumbers(seed: 2))))
    #expect(logits(.inference) == logits(.inference))
  }
}

@Suite("Initial weights")
struct InitialWeightsTests {
  @Test("filters have He's variance, the last layer is small, vectors are neutral")
  func distribution() throws {
    let architecture = try #require(Architecture.named("resnet50"))
    let weights = try InitialWeights(of: architecture, classes: 7, seed: 3)
    func moments(_ name: String, _ role: ParameterRole) throws -> (mean: Double, deviation: Double) {
      let values = try weights.values(of: name, role).map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
    }
    let filter = try moments("layer4.0.conv2.weight", .convolution)
    #expect(abs(filter.deviation / (2.0 / (9 * 512)).squareRoot() - 1) < 0.01)
    #expect(abs(filter.mean) < 1e-4)
    #expect(weights.shape(of: "fc.weight", .linear) == [7, 2048])
    #expect(abs(try moments("fc.weight", .linear).deviation / 0.01 - 1) < 0.05)
    for (name, value) in [
      ("bn1.weight", 1), ("bn1.bias", 0), ("bn1.running_mean", 0), ("bn1.running_var", 1), ("fc.bias", 0),
    ] as [(String, Float)] {
      #expect(try weights.values(of: name, .vector).allSatisfy { $0 == value }, "\(name)")
    }
  }

  @Test("they follow from seed and name")
  func seeds() throws {
    let architecture = try #require(Architecture.named("small-cnn"))
    func values(_ seed: UInt64, _ name: String) throws -> [Float] {
      try InitialWeights(of: architecture, classes: 2, seed: seed).values(of: name, .convolution)
    }
    let name = "features.1.0.weight"
    #expect(try values(1, name) == values(1, name))
    #expect(try values(1, name) != values(2, name))
    // Of whatever deviation, the numbers themselves differ from parameter to parameter.
    let (first, second) = (try values(1, "features.2.0.weight"), try values(1, "features.4.0.weight"))
    #expect(abs(first[0] / first[1] - second[0] / second[1]) > 1e-3)
  }

  @Test(
    "a new last layer comes on top of what the base knows",
    arguments: ["squeezenet1.1", "efficientnet-lite0", "keras-mobilenet-v2"])
  func transfer(_ name: String) throws {
    let architecture = try #require(Architecture.named(name))
    let base = try ScrambledWeights(architecture, classes: 1000)
    let weights = try TransferredWeights(base, of: architecture, classes: 3, seed: 1)
    let network = try architecture.build(WeightReader(weights))
    #expect(network.classCount == 3)
    let fresh = try InitialWeights(of: architecture, classes: 3, seed: 1)
    let roles = Dictionary(
      uniqueKeysWithValues: try TrainableNetwork(architecture, weights, TrainableLayers()).weights().entries
        .map { ($0.name, $0.role) })
    var renewed: [String] = []
    for (name, role) in roles {
      let values = try weights.values(of: name, role)
      if values == base.values(of: name, role) { continue }
      renewed.append(name)
      #expect(try values == fresh.values(of: name, role))
    }
    #expect(renewed.count == 2)
  }
}

@Suite("The small network")
struct SmallCNNTests {
  @Test("its last map is an eighth of the image, and brightness and contrast do not matter")
  func shapes() throws {
    let architecture = try #require(Architecture.named("small-cnn"))
    let network = try architecture.build(WeightReader(ScrambledWeights(architecture, classes: 4)))
    let engine = Engine(threadCount: 1)
    var random = SplitMix64(seed: 2)
    let pixels = random.units(64 * 64 * 3)
    var shapes: [String: Shape] = [:]
    let logits = network(Tape(engine: engine).constant(Tensor([1, 64, 64, 3], pixels, in: engine.pool))) {
      shapes[$0] = $1.shape
      return $1
    }
    #expect(shapes[network.targetLayer]?.extents.dropLast() == [1, 8, 8])
    #expect(network.meanReadout?.layers == [network.targetLayer])
    let brighter = pixels.map { 0.25 + 0.5 * $0 }
    let same = network(Tape(engine: engine).constant(Tensor([1, 64, 64, 3], brighter, in: engine.pool)))
    // All but the epsilon of the standardisation.
    #expect(relativeError(of: same.value.elements, from: logits.value.elements.map(Double.init)) < 0.02)
  }
}
