import Autodiff
import Explain
import Foundation
import Networks
import TestSupport
import Testing

/// Networks with their published weights against the reference implementations: `goldens/real` of the shared data, its README for
/// definitions and tolerances.
@Suite(.serialized, .enabled(if: SharedData.isPresent, SharedData.note))
struct RealGoldenTests {
  /// A network of the model store, and its layers as the goldens call them.
  struct Subject: Sendable {
    let model: String
    let file: String
    /// Layers whose maps agree to 1e-4.
    let layers: [(name: String, golden: String)]
    /// A layer amid the network, behind which single ReLU6 units switch between implementations.
    var inner: (name: String, golden: String)?
    /// A unit that single precision decides otherwise than double in a photograph.
    var switched: (photo: String, by: SwitchedUnit)?

    static let all = [
      Subject(
        model: "efficientnet-lite0", file: "efficientnet_lite0", layers: [("head", "feat")],
        inner: ("blocks.10", "block10"),
        // The expansion of block 3, channel 21 at (50, 34): -8.2e-9 before its ReLU6.
        switched: ("grace_hopper", SwitchedUnit(rows: 194...212, columns: 130...148))),
      Subject(
        model: "efficientnet-lite1", file: "efficientnet_lite1", layers: [("head", "feat")],
        inner: ("blocks.14", "block14")),
      Subject(
        model: "efficientnet-lite2", file: "efficientnet_lite2", layers: [("head", "feat")],
        inner: ("blocks.14", "block14")),
      Subject(
        model: "keras-squeezenet1.1", file: "squeezenet1_1_keras",
        layers: [("features.12", "feat"), ("classifier.2", "maps")],
        // In the second max-pooling, channel 93 at (40, 39): 2.7e-4 below its window's maximum of 55.9.
        switched: ("grace_hopper", SwitchedUnit(rows: 144...182, columns: 140...178))),
    ]
  }

  /// The part of the input that a unit sees. Where a ReLU's argument or a pooling's two largest values lie closer to a kink than single
  /// precision can tell, the input's gradient jumps there and nowhere else; docs/decisions/input-gradients.md.
  struct SwitchedUnit: Sendable {
    let rows: ClosedRange<Int>
    let columns: ClosedRange<Int>
  }

  /// A photograph of the goldens.
  struct Case: Sendable, CustomTestStringConvertible {
    let subject: Subject
    let photo: String
    var testDescription: String { "\(subject.model), \(photo)" }

    /// Of all models where models are promised, else of those that are in the store.
    static let all = Subject.all.filter { TestModels.has($0.model) }.flatMap { subject in
      ["chelsea", "coffee", "grace_hopper"].map { Case(subject: subject, photo: $0) }
    }
  }

  @Test(arguments: Case.all) func logitsAgree(_ item: Case) throws {
    let golden = try Golden(item)
    let logits = golden.pass.logits
    let comparison = Comparison(logits, expected: try golden.floats("logits"))
    #expect(comparison.relativeL2 <= 1e-4, "\(comparison)")
    #expect(comparison.largestDifference <= 1e-4 * comparison.largestMagnitude, "\(comparison)")

    let order = logits.indices.sorted { logits[$0] > logits[$1] }
    #expect(try golden.floats("top5_index").map { Int($0) } == Array(order.prefix(5)))
  }

  @Test(arguments: Case.all) func gradCAMAgrees(_ item: Case) throws {
    let golden = try Golden(item)
    for layer in item.subject.layers {
      for target in golden.targets() {
        let comparison = try golden.compareGradCAM(of: target, at: layer)
        #expect(comparison.relativeL2 <= 1e-4, "class \(target) at \(layer.name): \(comparison)")
        #expect(comparison.cosine >= 0.9999, "class \(target) at \(layer.name): \(comparison)")
      }
    }
  }

  /// At a layer amid the network single ReLU6 units switch between implementations: the tolerance is the goldens' own.
  @Test(arguments: Case.all) func gradCAMAgreesAmidTheNetwork(_ item: Case) throws {
    guard let layer = item.subject.inner else { return }
    let golden = try Golden(item)
    for target in golden.targets() {
      let comparison = try golden.compareGradCAM(of: target, at: layer)
      #expect(comparison.largestDifference <= 2e-2 * comparison.largestMagnitude, "class \(target): \(comparison)")
      #expect(comparison.cosine > 0.999, "class \(target): \(comparison)")
    }
  }

  @Test(arguments: Case.all) func inputGradientAgrees(_ item: Case) throws {
    let golden = try Golden(item)
    let switched = item.subject.switched.flatMap { $0.photo == item.photo ? $0.by : nil }
    for target in golden.targets() {
      let comparison = try golden.compareInputGradient(of: target, without: switched)
      #expect(comparison.relativeL2 <= 5e-3, "class \(target): \(comparison)")
      let whole = try golden.compareInputGradient(of: target, without: nil)
      #expect(whole.relativeL2 <= (switched == nil ? 5e-3 : 2e-2), "class \(target): \(whole)")
      #expect(whole.cosine > 0.9999, "class \(target): \(whole)")
    }
  }
}

/// One photograph's goldens, and what the network makes of its input.
private struct Golden {
  let pass: ForwardPass
  private let file: GoldenFile
  private let input: Tensor

  init(_ item: RealGoldenTests.Case) throws {
    let classifier = try TestModels.library.classifier(item.subject.model)
    file = GoldenFile(
      try openWeightFile(SharedData.path("goldens/real/\(item.subject.file).safetensors")), prefix: item.photo + "/")
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    input = Tensor(classifier.preprocessing.inputShape, try file.floats("input"), in: engine.pool)
    pass = try ForwardPass(of: input, by: classifier, on: engine)
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(name) }
  func targets() -> [Int] { file.targets() }

  func compareGradCAM(of target: Int, at layer: (name: String, golden: String)) throws -> Comparison {
    let map = try pass.map(of: target, by: .gradCAM, at: layer.name)
    return Comparison(
      map.values, expected: try file.floats("class\(target)/\(layer.golden)/gradcam_raw"),
      extents: [map.height, map.width])
  }

  /// - Parameter unit: what it sees counts as zero in both.
  func compareInputGradient(
    of target: Int, without unit: RealGoldenTests.SwitchedUnit?
  ) throws -> Comparison {
    let engine = pass.engine
    let tape = Tape(engine: engine)
    let watched = tape.watch(input)
    let logits = pass.classifier.forward(watched)
    let seed = Tensor.oneHot(target, count: logits.value.count, in: engine.pool)
    let gradient = tape.cotangents(of: logits, seed: seed, at: [watched])[0]
    var values = gradient.elements
    var expected = try file.floats("class\(target)/input_gradient")
    let width = input.shape[2]
    if let unit {
      for row in unit.rows {
        for index in (row * width + unit.columns.lowerBound) * 3..<(row * width + unit.columns.upperBound + 1) * 3 {
          values[index] = 0
          expected[index] = 0
        }
      }
    }
    return Comparison(values, expected: expected, extents: Array(input.shape.extents.dropFirst()))
  }
}
