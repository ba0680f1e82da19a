import Images
import Testing

@testable import Autodiff
@testable import Models
@testable import Networks

/// Networks of one layer with a fault each.
struct ModelCheckTests {
  private let engine = Engine(pool: BufferPool(), threadCount: 1)

  private func check(
    classes: Int = 3, output: OutputKind = .softmax, _ layer: @escaping @Sendable (Tensor, BufferPool) -> Tensor
  ) -> ModelCheck {
    let pool = engine.pool
    let network = Network(
      stages: [
        Network.Stage("layer") { x in x.tape!.constant(layer(x.value, pool)) },
        Network.Stage("logits") { globalAveragePool($0) },
      ], targetLayer: "layer", classCount: classes)
    let manifest = ModelManifest(
      name: "test", title: "Test", architecture: "test",
      preprocessing: Preprocessing(
        shorterSide: nil, filter: .bilinear, inputWidth: 5, inputHeight: 4, mean: [0, 0, 0], deviation: [1, 1, 1]),
      labels: Labels.unnamed(count: classes).classes, classCount: classes, parameterCount: 0, targetLayer: "layer",
      weightsSHA256: "", sourceSHA256: "", output: output)
    return ModelCheck(Classifier(manifest: manifest, network: network, labels: .unnamed(count: classes)), on: engine)
  }

  private static func map(_ x: Tensor, _ pool: BufferPool, _ change: (Int, Float) -> Float) -> Tensor {
    Tensor(x.shape, x.elements.enumerated().map { change($0, $1) }, in: pool)
  }

  @Test("a network that tells pictures and classes apart is plausible")
  func plausible() {
    let check = check { x, pool in Self.map(x, pool) { $1 + Float($0 % 3) } }
    #expect(check.findings == [])
    #expect(check.verdict == "plausible")
    #expect(check.layers.map(\.shape) == [[4, 5, 3]])
    #expect(check.pictures[0].topClass == 2)
    // exp(2) / (1 + exp(1) + exp(2))
    #expect(abs(check.pictures[0].topNumber - 0.665240956) < 1e-6)
    #expect(check.pictures[0].logits.mean == 1)
  }

  @Test("values that are not finite are a fault, where they begin")
  func notFinite() {
    let check = check { x, pool in Self.map(x, pool) { $0 == 7 ? .nan : $1 } }
    #expect(check.findings.first == .notFinite(layer: "layer", count: 2))
    #expect(!check.isUsable)
  }

  @Test("a layer that gives one and the same is a fault")
  func dead() {
    let check = check { x, pool in Self.map(x, pool) { i, _ in Float(i % 3) } }
    #expect(check.findings == [.deadLayer("layer"), .ignoresInput])
    #expect(!check.isUsable)
  }

  @Test("a layer with nearly all channels constant is remarked upon")
  func nearlyDead() {
    let check = check { x, pool in
      // The picture's first channel and nineteen of ones.
      Tensor([1, 4, 5, 20], (0..<400).map { $0 % 20 == 0 ? x.elements[$0 / 20 * 3] : 1 }, in: pool)
    }
    #expect(check.findings == [.manyDeadChannels(layer: "layer", dead: 19, of: 20)])
    #expect(check.isUsable)
    #expect(check.verdict == "usable, with remarks")
  }

  @Test("certainty about nothing is remarked upon")
  func tooCertain() {
    let check = check { x, pool in Self.map(x, pool) { $1 + ($0 % 3 == 1 ? 30 : 0) } }
    #expect(check.findings.count == 2)
    #expect(check.pictures.map(\.topClass) == [1, 1])
    #expect(check.isUsable)
  }

  @Test("one output by softmax is a fault, by sigmoid and as a value it is none")
  func oneOutput() {
    func check(_ output: OutputKind) -> ModelCheck {
      self.check(classes: 1, output: output) { x, pool in
        Tensor([1, 4, 5, 1], (0..<20).map { x.elements[$0 * 3] }, in: pool)
      }
    }
    #expect(check(.softmax).findings == [.certainOfOneClass])
    #expect(!check(.softmax).isUsable)
    #expect(check(.sigmoid).findings == [] && check(.value).findings == [])
  }
}
