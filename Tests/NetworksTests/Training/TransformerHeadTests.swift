import Autodiff
import Testing

@testable import Networks

/// Transformers whose last layer is more than one fully connected layer, as they are trained.
@Suite("Heads of transformers")
struct TransformerHeadTests {
  private let engine = Engine(threadCount: 1)

  private static let clip = PatchTransformer(
    size: .init(layers: 2, width: 16, mlpSize: 32, heads: 2), patch: 8, side: 32, activation: .quickGELU,
    epsilon: 1e-5, names: .clip)
  private static let openCLIP = PatchTransformer(
    size: clip.size, patch: 8, side: 32, activation: .gelu, epsilon: 1e-5, names: .openAI)

  /// CLIP's small tower by its publisher's names, as an architecture.
  private static func tower(_ transformer: PatchTransformer, _ form: CLIPImageTower.Form) -> Architecture {
    Architecture(
      name: "small-clip", title: "", preprocessing: .clip(side: 32), inputSides: 8...64,
      signature: NetworkSignature(has: [], lacks: []),
      head: HeadWeight(CLIPImageTower.textEmbeddings, .linear, inputs: 12),
      conventions: [NameConvention(form.publisher, .pyTorch, modules: [:], asides: form.asides)], checkpoints: [],
      build: { weights throws(WeightError) in
        try CLIPImageTower.network(transformer, form, projection: 12, weights)
      })
  }

  private static let architectures = [
    tower(clip, .transformers), tower(openCLIP, .openAI), Architecture.named("deit-tiny-distilled-patch16-224")!,
  ]

  private func image(_ seed: UInt64 = 3) -> Tensor {
    let numbers = RandomNumbers(seed: seed, stream: 0)
    return Tensor([2, 32, 32, 3], (0..<6144).map { Float(numbers.normal($0)) }, in: engine.pool)
  }

  @Test("what is trained gives what serves, before and after the store", arguments: 0..<3)
  func agrees(_ index: Int) throws {
    let architecture = Self.architectures[index]
    let weights = try InitialWeights(of: architecture, classes: 5, seed: 1)
    let trainable = try TrainableNetwork(architecture, weights, TrainableLayers())
    let frozen = try architecture.build(WeightReader(weights))
    let again = try architecture.build(WeightReader(trainable.weights()))
    let results = [trainable.network, frozen, again].map { $0(Tape(engine: engine).constant(image())).value.elements }
    #expect(results[0].count == 10 && Set(results[1]).count == 10)
    for (a, b) in zip(results[0], results[1]) { #expect(abs(a - b) < 1e-4 * max(1, abs(b))) }
    #expect(results[1] == results[2])
    // Cosines of unit rows: no logit beyond the scale.
    if index < 2 { #expect(results[1].allSatisfy { abs($0) <= 100.001 }) }
  }

  @Test("every part of the last layer is new for other classes, and learns", arguments: 0..<3)
  func transfers(_ index: Int) throws {
    let architecture = Self.architectures[index]
    let base = try InitialWeights(of: architecture, classes: 1000, seed: 1)
    let weights = try TransferredWeights(base, of: architecture, classes: 3, seed: 2)
    let trainable = try TrainableNetwork(architecture, weights, TrainableLayers())
    #expect(trainable.network.classCount == 3)
    let head = try #require(trainable.network.head)
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 0)))
    let features = head.features(trainable.network.stages.dropLast().reduce(tape.constant(image())) { $1.run($0) })
    let logits = head.classify(tape.constant(features.value))
    #expect(logits.shape == [2, 3])
    let names = tape.parameters.map { $0.name }.filter { architecture.head.owns($0) }
    #expect(Set(names).count == (index < 2 ? 1 : 4))
  }

  @Test("OpenAI's projection lies the other way round")
  func projection() throws {
    let (first, second) = (Self.architectures[0], Self.architectures[1])
    func projection(_ architecture: Architecture) throws -> Shape? {
      let weights = try InitialWeights(of: architecture, classes: 2, seed: 1)
      return weights.names.filter { $0.contains("proj") && !$0.contains("block") && !$0.contains("layers") }
        .compactMap { weights.shape(of: $0, .linear) }.first
    }
    #expect(try projection(first) == [12, 16])
    #expect(try projection(second) == [16, 12])
  }

  @Test("position embeddings of another grid are taken as they are", arguments: [3, 4, 6])
  func positions(_ side: Int) throws {
    let transformer = PatchTransformer(
      size: Self.clip.size, patch: 8, side: 32, activation: .gelu, epsilon: 1e-6, names: .timm())
    let account = WeightAccount(head: VisionTransformer.timmHead(transformer.size), classes: 2)
    _ = try VisionTransformer.network(transformer, WeightReader(describing: account))
    let entries = account.entries.map { entry in
      let isTable = entry.parameter.name == "pos_embed"
      let shape: Shape = isTable ? [1 + side * side, 16] : entry.parameter.shape
      return TrainedWeights.Entry(name: entry.parameter.name, role: entry.parameter.role, shape: shape) {
        (0..<shape.count).map { Float($0 % 7) / 8 + 0.1 }
      }
    }
    let network = try VisionTransformer.network(transformer, WeightReader(TrainedWeights(entries)))
    let tokens = try #require(network.tokens)
    #expect(tokens.learnedSide == 8 * side && tokens.usualSide == 32)
    for input in [32, 48] {
      let x = Tensor.zeros([1, input, input, 3], in: engine.pool)
      #expect(network(Tape(engine: engine).constant(x)).value.shape == [1, 2])
    }
  }
}
