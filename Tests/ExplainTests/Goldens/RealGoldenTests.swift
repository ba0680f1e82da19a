import Autodiff
import Explain
import Foundation
import Images
import Networks
import TestSupport
import Testing

/// Networks with their published weights against the reference implementations: `goldens/real` of the shared data, its README for
/// definitions and tolerances.
@Suite(
  .enabled(if: SharedData.isPresent, SharedData.note),
  .enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")))
struct RealGoldenTests {
  /// A photograph of the goldens and the classes that are explained there.
  struct Case: Sendable, CustomTestStringConvertible {
    let network: String
    let photo: String
    var testDescription: String { "\(network), \(photo)" }

    static let all = ["chelsea", "coffee", "grace_hopper"].map { Case(network: "efficientnet-lite0", photo: $0) }
  }

  @Test(arguments: Case.all) func logitsAgree(_ item: Case) throws {
    let golden = try Golden(item)
    let logits = try golden.logits(on: golden.engine)
    let comparison = Comparison(logits, expected: try golden.floats("logits"))
    #expect(comparison.relativeL2 <= 1e-4, "\(comparison)")
    #expect(comparison.largestDifference <= 1e-3, "\(comparison)")

    let order = logits.indices.sorted { logits[$0] > logits[$1] }
    #expect(try golden.floats("top5_index").map { Int($0) } == Array(order.prefix(5)))
  }

  @Test(arguments: Case.all) func gradCAMAgrees(_ item: Case) throws {
    let golden = try Golden(item)
    for target in try golden.targets() {
      let map = try golden.gradCAM(target, layer: golden.classifier.network.targetLayer)
      let comparison = Comparison(map, expected: try golden.floats("class\(target)/feat/gradcam_raw"))
      #expect(comparison.relativeL2 <= 1e-4, "class \(target): \(comparison)")
      #expect(comparison.cosine >= 0.9999, "class \(target): \(comparison)")
    }
  }

  /// At a layer amid the network single ReLU6 units switch between implementations: the tolerance is the goldens' own.
  @Test(arguments: Case.all) func gradCAMAgreesAmidTheNetwork(_ item: Case) throws {
    let golden = try Golden(item)
    for target in try golden.targets() {
      let map = try golden.gradCAM(target, layer: "blocks.10")
      let comparison = Comparison(map, expected: try golden.floats("class\(target)/block10/gradcam_raw"))
      #expect(comparison.largestDifference <= 2e-2 * comparison.largestMagnitude, "class \(target): \(comparison)")
      #expect(comparison.cosine > 0.999, "class \(target): \(comparison)")
    }
  }

  @Test(arguments: Case.all) func inputGradientAgrees(_ item: Case) throws {
    let golden = try Golden(item)
    for target in try golden.targets() {
      let tape = Tape(engine: golden.engine)
      let input = tape.watch(try golden.input())
      let logits = golden.classifier.forward(input)
      let seed = Tensor.oneHot(target, count: logits.value.count, in: golden.engine.pool)
      let gradient = tape.cotangents(of: logits, seed: seed, at: [input])[0].elements
      let comparison = Comparison(gradient, expected: try golden.floats("class\(target)/input_gradient"))
      #expect(comparison.relativeL2 <= 5e-3, "class \(target): \(comparison)")
    }
  }
}

/// One photograph's goldens and the network that they belong to.
private struct Golden {
  let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
  let classifier: Classifier
  private let photo: String
  private let file: any WeightFile

  init(_ item: RealGoldenTests.Case) throws {
    classifier = try TestModels.library.classifier(item.network)
    let name = item.network.replacingOccurrences(of: "-", with: "_")
    file = try openWeightFile(SharedData.root + "/goldens/real/\(name).safetensors")
    photo = item.photo
  }

  func floats(_ name: String) throws -> [Float] { try file.floats("\(photo)/\(name)") }

  func input() throws -> Tensor {
    Tensor(classifier.preprocessing.inputShape, try floats("input"), in: engine.pool)
  }

  func logits(on engine: Engine) throws -> [Float] {
    classifier.forward(Tape(engine: engine).constant(try input())).value.elements
  }

  /// The classes that the goldens explain.
  func targets() throws -> Set<Int> {
    let prefix = "\(photo)/class"
    return Set(
      file.entries.compactMap { entry in
        guard entry.name.hasPrefix(prefix) else { return nil }
        return Int(entry.name.dropFirst(prefix.count).prefix { $0.isNumber })
      })
  }

  func gradCAM(_ target: Int, layer: String) throws -> [Float] {
    try ForwardPass(of: input(), by: classifier, on: engine).map(of: target, by: .gradCAM, at: layer).values
  }
}
