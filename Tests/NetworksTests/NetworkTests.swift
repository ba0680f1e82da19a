import Autodiff
import TestSupport
import Testing

@testable import Networks

/// What the networks say of themselves, and what they say to weights that are not theirs. Their numbers are compared in
/// `ExplainTests/Goldens`.
@Suite struct NetworkTests {
  /// Parameters under names, all zero, so that a network can be built without a file.
  struct Zeros: WeightSource {
    var rule: SyntheticWeights
    /// Shapes that differ from the published ones.
    var changed: [String: Shape] = [:]
    var extra: [String] = []
    var missing: Set<String> = []

    var names: [String] { rule.names.filter { !missing.contains($0) } + extra }

    func shape(of name: String, _ role: ParameterRole) -> Shape? {
      missing.contains(name) ? nil : changed[name] ?? rule.shape(of: name, role)
    }

    func values(of name: String, _ role: ParameterRole) -> [Float] {
      [Float](repeating: 0, count: shape(of: name, role)!.count)
    }
  }

  /// Networks that are small enough to be built again and again, with the parameters of their heads.
  struct Subject: Sendable, CustomTestStringConvertible {
    let name: String
    let architecture: String
    let head: (weight: String, bias: String)
    let inputs: Int
    var isConvolution = false
    var testDescription: String { architecture }

    static let all = [
      Subject(
        name: "squeezenet1_1", architecture: "squeezenet1.1", head: ("classifier.1.weight", "classifier.1.bias"),
        inputs: 512, isConvolution: true),
      Subject(
        name: "mobilenet_v2", architecture: "mobilenet-v2", head: ("classifier.1.weight", "classifier.1.bias"),
        inputs: 1280),
      Subject(
        name: "keras_mobilenet_v2", architecture: "keras-mobilenet-v2",
        head: ("predictions/kernel", "predictions/bias"), inputs: 1280),
      Subject(
        name: "efficientnet_b0", architecture: "efficientnet-b0", head: ("classifier.1.weight", "classifier.1.bias"),
        inputs: 1280),
      Subject(
        name: "densenet121", architecture: "densenet121", head: ("classifier.weight", "classifier.bias"), inputs: 1024),
      Subject(name: "resnet50", architecture: "resnet50", head: ("fc.weight", "fc.bias"), inputs: 2048),
      Subject(
        name: "keras_resnet50", architecture: "keras-resnet50", head: ("predictions/kernel", "predictions/bias"),
        inputs: 2048),
    ]

    func headShape(_ classes: Int) -> Shape { isConvolution ? [1, 1, inputs, classes] : [classes, inputs] }
  }

  private func build(_ subject: Subject, _ weights: Zeros) throws -> Network {
    try #require(Architecture.named(subject.architecture)).build(WeightReader(weights))
  }

  @Test(arguments: Subject.all) func theHeadSaysHowManyClassesThereAre(_ subject: Subject) throws {
    var weights = Zeros(rule: try SyntheticWeights(network: subject.name))
    #expect(try build(subject, weights).classCount == 1000)
    weights.changed = [subject.head.weight: subject.headShape(3), subject.head.bias: [3]]
    let network = try build(subject, weights)
    #expect(network.classCount == 3)
    let tape = Tape(engine: Engine(threadCount: 1))
    let logits = network(tape.constant(.zeros([1, 64, 64, 3], in: tape.engine.pool)))
    #expect(logits.shape == [1, 3])
  }

  @Test(arguments: Subject.all) func aHeadOfNoShapeIsRefused(_ subject: Subject) throws {
    for shape in [[], [0], subject.headShape(0), [1000, subject.inputs, 1]] as [Shape] {
      var weights = Zeros(rule: try SyntheticWeights(network: subject.name))
      weights.changed = [subject.head.weight: shape]
      #expect(throws: WeightError.self) { try build(subject, weights) }
    }
  }

  @Test(arguments: Subject.all) func anUnusedParameterIsRefused(_ subject: Subject) throws {
    let weights = Zeros(rule: try SyntheticWeights(network: subject.name), extra: ["layer5.weight"])
    #expect(throws: WeightError.unused(["layer5.weight"])) { try build(subject, weights) }
  }

  @Test(arguments: Subject.all) func aMissingParameterIsNamed(_ subject: Subject) throws {
    let weights = Zeros(rule: try SyntheticWeights(network: subject.name), missing: [subject.head.weight])
    #expect(throws: WeightError.missing(subject.head.weight)) { try build(subject, weights) }
  }

  @Test func layersAreImagesUnderTheCheckpointsNames() throws {
    let cases: [(subject: String, target: String, some: [(String, Shape)])] = [
      ("resnet50", "layer4", [("relu", [32, 32, 64]), ("layer1.2", [16, 16, 256]), ("layer3", [4, 4, 1024])]),
      ("keras-resnet50", "conv5_block3_out", [("conv2_block1_out", [16, 16, 256])]),
      ("mobilenet-v2", "features.18", [("features.0", [32, 32, 32]), ("features.7", [4, 4, 64])]),
      (
        "keras-mobilenet-v2", "out_relu", [("expanded_conv_project_BN", [32, 32, 16]), ("block_2_add", [16, 16, 24])]
      ),
      ("efficientnet-b0", "features.8", [("features.3.1", [8, 8, 40])]),
      ("densenet121", "features.relu5", [("features.pool0", [16, 16, 64]), ("features.transition2", [4, 4, 256])]),
      ("squeezenet1.1", "features.12", [("features.4", [15, 15, 128]), ("classifier.2", [3, 3, 1000])]),
    ]
    for (name, target, some) in cases {
      let subject = try #require(Subject.all.first { $0.architecture == name })
      let network = try build(subject, Zeros(rule: SyntheticWeights(network: subject.name)))
      #expect(network.targetLayer == target)
      #expect(network.keptLayers.first == network.layers.first)
      let tape = Tape(engine: Engine(threadCount: 1))
      var shapes: [String: Shape] = [:]
      _ = network(tape.constant(.zeros([1, 64, 64, 3], in: tape.engine.pool))) { layer, value in
        shapes[layer] = Shape(Array(value.shape.extents.dropFirst()))
        return value
      }
      #expect(network.layers.allSatisfy { shapes[$0]?.rank == 3 })
      for (layer, shape) in some { #expect(shapes[layer] == shape, "\(name), \(layer)") }
    }
  }

  @Test func aLayerThatIsNotKeptStartsFromTheOneBefore() throws {
    let network = try build(Subject.all[5], Zeros(rule: SyntheticWeights(network: "resnet50")))
    #expect(network.keptLayer(upTo: "relu") == "relu")
    #expect(network.keptLayer(upTo: "layer2.2") == "layer1.2")
    #expect(network.keptLayer(upTo: "layer2") == "layer2.3")
    #expect(network.keptLayer(upTo: "layer4.1") == "layer4.1")
  }
}
