import Autodiff
import Images
import Models
import TestSupport
import Testing

@testable import Explain
@testable import Networks

@Suite struct ForwardPassTests {
  /// Three convolutions, of which the second's result is not kept, then the mean.
  static func network() -> Network {
    let pool = BufferPool()
    var random = SplitMix64(seed: 7)
    let filters = [Shape([3, 3, 3, 4]), [3, 3, 4, 5], [1, 1, 5, 6]].map { shape in
      Tensor(shape, random.units(shape.count), in: pool)
    }
    @Sendable func stage(_ x: Variable, _ index: Int) -> Variable {
      convolution(x, filter: .constant(filters[index]), padding: .same, activation: .silu)
    }
    return Network(
      stages: [
        Network.Stage("first") { stage($0, 0) },
        Network.Stage("second", isKept: false) { stage($0, 1) },
        Network.Stage("again", isKept: false) { $0 },
        Network.Stage("third") { stage($0, 2) },
        Network.Stage("logits") { globalAveragePool($0) },
      ], targetLayer: "third", classCount: 6)
  }

  static func classifier(_ network: Network, _ passes: ForwardPassCounter) -> Classifier {
    let preprocessing = Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: 9, inputHeight: 7, mean: [0, 0, 0], deviation: [1, 1, 1])
    let manifest = ModelManifest(
      name: "test", title: "", architecture: "", preprocessing: preprocessing, labels: nil,
      classCount: network.classCount, parameterCount: 0,
      targetLayer: network.targetLayer, weightsSHA256: "", sourceSHA256: "", publisher: nil,
      licence: nil, publishedTop1: nil)
    return Classifier(
      manifest: manifest, network: network, labels: .unnamed(count: network.classCount), passes: passes)
  }

  let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
  let passes = ForwardPassCounter()

  func input() -> Tensor {
    var random = SplitMix64(seed: 11)
    return Tensor([1, 7, 9, 3], random.units(7 * 9 * 3), in: engine.pool)
  }

  @Test func keepsWhatTheNetworkSays() throws {
    let pass = try ForwardPass(of: input(), by: Self.classifier(Self.network(), passes), on: engine)
    #expect(Set(pass.activations.keys) == ["first", "third"])
    #expect(passes.count == 1)
  }

  @Test(arguments: ["first", "second", "again", "third"])
  func everyLayerIsAsInOneRun(_ layer: String) throws {
    let classifier = Self.classifier(Self.network(), passes)
    let pass = try ForwardPass(of: input(), by: classifier, on: engine)
    let head = pass.head(after: layer)
    let map = try pass.map(of: 4, by: .gradCAM, at: layer)
    #expect(passes.count == 1)

    let tape = Tape(engine: engine)
    var watched: Variable?
    let logits = classifier.forward(tape.watch(input())) { name, value in
      if name == layer { watched = value }
      return value
    }
    let target = try #require(watched)
    let gradient = tape.cotangents(of: logits, seed: .oneHot(4, count: 6, in: engine.pool), at: [target])[0]
    #expect(head.activation.elements == target.value.elements)
    #expect(pass.gradient(of: Target(4), at: head).elements == gradient.elements)
    #expect(map.width == 9 && map.height == 7)
    #expect(map.values.contains { $0 != 0 })
  }

  @Test func namesTheFirstLayerThatIsNotFinite() throws {
    var stages = Self.network().stages
    stages[1] = Network.Stage("second", isKept: false) { x in
      affine(
        x, scale: .constant(Tensor([4], [1, .infinity, 1, 1], in: BufferPool())),
        shift: .constant(.zeros([4], in: BufferPool())))
    }
    stages[3] = Network.Stage("third") { $0 }
    let network = Network(stages: stages, targetLayer: "third", classCount: 4)
    #expect(throws: AnalysisError.notFinite(layer: "second", model: "test")) {
      try ForwardPass(of: input(), by: Self.classifier(network, passes), on: engine)
    }
  }
}
