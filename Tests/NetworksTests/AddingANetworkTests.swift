import Autodiff
import Foundation
import Images
import Testing

@testable import Networks

/// Two 3x3 convolutions, the mean over space and one fully connected layer. Layers: `features.0` and `features.1`.
enum ExampleNet {
  /// Channels and stride of each convolution.
  static let table: [(channels: Int, stride: Int)] = [(8, 1), (16, 2)]

  static let architectures = [
    Architecture(
      name: "example-net", title: "Example Net", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 8...1024,
      signature: NetworkSignature(has: [.init("features.1.weight", .convolution, [3, 3, 8, 16])], lacks: []),
      head: headWeight,
      conventions: [NameConvention("PyTorch", .pyTorch, modules: ["head": "classifier"])],
      checkpoints: [],
      build: network)
  ]

  private static let headWeight = HeadWeight("classifier.weight", .linear, inputs: table.last!.channels)

  private static func network(_ weights: WeightReader) throws(WeightError) -> Network {
    var stages: [Network.Stage] = []
    var inputs = 3
    for (index, (channels, stride)) in table.enumerated() {
      let name = "features.\(index)"
      let convolution = try ConvolutionLayer(
        weights, name + ".weight", bias: name + ".bias", kernel: 3, inputs: inputs, outputs: channels, stride: stride,
        padding: .symmetric(1), activation: .relu)
      stages.append(Network.Stage(name, receptiveField: .window(3, stride: stride)) { convolution($0) })
      inputs = channels
    }
    return try Network(readingMeanOf: stages, weights, headWeight)
  }
}

/// The example of docs/architecture.md, "Adding a network".
@Suite("Adding a network")
struct AddingANetworkTests {
  private let architecture = ExampleNet.architectures[0]
  private let engine = Engine(threadCount: 1)

  @Test("the family's file is all that a network needs to be recognised, to run and to be trained")
  func runs() throws {
    let weights = try InitialWeights(of: architecture, classes: 5, seed: 1)
    #expect(architecture.signature.matches(weights))
    let network = try architecture.build(WeightReader(weights))
    #expect(network.layers == ["features.0", "features.1"])
    let x = Tensor([1, 8, 8, 3], (0..<192).map { Float($0 % 7) }, in: engine.pool)
    var shapes: [Shape] = []
    let logits = network(Tape(engine: engine).constant(x)) { _, value in
      shapes.append(value.shape)
      return value
    }.value.elements
    #expect(shapes == [[1, 8, 8, 8], [1, 4, 4, 16], [1, 5]])
    #expect(Set(logits).count == 5 && logits.allSatisfy { $0.isFinite })

    let trainable = try TrainableNetwork(architecture, weights, TrainableLayers())
    #expect(trainable.parameters.count == 6)
    #expect(trainable.network(Tape(engine: engine).constant(x)).value.shape == [1, 5])
  }

  @Test("the documents show this very file")
  func documented() throws {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    let text = try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let example = try #require(text.components(separatedBy: "```").first { $0.contains("enum ExampleNet") })
    #expect(source.contains(example.dropFirst("swift\n".count)))
  }
}
