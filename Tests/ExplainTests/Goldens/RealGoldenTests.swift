import Autodiff
import Explain
import Foundation
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

/// Networks with their published weights against the reference implementations: `goldens/real` of the shared data, its
/// README for definitions and tolerances.
@Suite(.serialized, .enabled(if: SharedData.isPresent, SharedData.note))
struct RealGoldenTests {
  /// A network of the model store, and its layers as the goldens call them.
  struct Subject: Sendable {
    let model: String
    let file: String
    /// Layers whose maps agree to 1e-4.
    let layers: [(name: String, golden: String)]
    /// A layer amid the network, after which single ReLU6 units switch between implementations.
    var inner: (name: String, golden: String)?
    /// A unit that single precision decides otherwise than double in a photograph.
    var switched: (photo: String, by: SwitchedUnit)?
    /// The maps that one such unit moves by more than 2e-3, each with its bound.
    var exceptions: [MapException] = []

    static let all = [
      Subject(
        model: "efficientnet-lite0", file: "efficientnet_lite0", layers: [("head", "feat")],
        inner: ("blocks.10", "block10"),
        // The expansion of block 3, channel 21 at (50, 34): -8.2e-9 before its ReLU6.
        switched: ("grace_hopper", SwitchedUnit(rows: 194...212, columns: 130...148)),
        exceptions: [
          // For Grad-CAM++ the expansion of block 12, channel 469 at (2, 5): 5.6e-7 above its kink.
          MapException(photo: "grace_hopper", target: 667, bounds: ["gradcampp": 4e-2])
        ]),
      Subject(
        model: "efficientnet-lite1", file: "efficientnet_lite1", layers: [("head", "feat")],
        inner: ("blocks.14", "block14"),
        // The expansion of block 20, channel 770 at (5, 1): 3.2e-6 above its kink. Of class 917 Grad-CAM++ has one cell
        // whose denominator is -9.5e-10, the rest of terms of 1.6e-5.
        exceptions: [
          MapException(photo: "grace_hopper", target: 652, bounds: ["layercam": 2.3e-3, "xgradcam": 3.7e-3]),
          MapException(photo: "grace_hopper", target: 917, bounds: ["gradcampp": 7e-2]),
        ]),
      Subject(
        model: "efficientnet-lite2", file: "efficientnet_lite2", layers: [("head", "feat")],
        inner: ("blocks.14", "block14"),
        // The head, channel 1016 at (6, 5): 7.9e-7 below its kink.
        exceptions: [
          MapException(photo: "coffee", target: 967, bounds: ["gradcampp": 3.5e-2, "xgradcam": 5.5e-3]),
          MapException(
            photo: "coffee", target: 968,
            bounds: [
              "gradcam": 3.2e-3, "gradcampp": 3.5e-2, "hirescam": 3.8e-3, "layercam": 4.8e-3, "xgradcam": 4.4e-3,
            ]),
        ]),
      Subject(
        model: "keras-squeezenet1.1", file: "squeezenet1_1_keras",
        layers: [("features.12", "feat"), ("classifier.2", "maps")],
        // In the second max-pooling, channel 93 at (40, 39): 2.7e-4 below its window's maximum of 55.9.
        switched: ("grace_hopper", SwitchedUnit(rows: 144...182, columns: 140...178))),
    ]
  }

  /// The part of the input that a unit sees. Where a ReLU's argument or a pooling's two largest values lie closer to a
  /// kink than single precision can tell, the input's gradient jumps there and nowhere else;
  /// docs/decisions/input-gradients.md.
  struct SwitchedUnit: Sendable {
    let rows: ClosedRange<Int>
    let columns: ClosedRange<Int>
  }

  /// Maps of one class that a switched unit moves; docs/decisions/input-gradients.md proves of each that pushing the
  /// unit over its kink in the double-precision reference gives our map.
  struct MapException: Sendable {
    let photo: String
    let target: Int
    /// By the goldens' names of the maps.
    let bounds: [String: Double]
  }

  /// A photograph of the goldens.
  struct Case: Sendable, CustomTestStringConvertible {
    let subject: Subject
    let photo: String
    var testDescription: String { "\(subject.model), \(photo)" }

    /// The relative L2 distance that a map may have.
    func bound(of map: String, _ target: Int, usually bound: Double) -> Double {
      let exception = subject.exceptions.first { $0.photo == photo && $0.target == target }
      return exception?.bounds[map] ?? bound
    }

    var switchedUnit: SwitchedUnit? { subject.switched.flatMap { $0.photo == photo ? $0.by : nil } }

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

  /// The rules by the goldens' names.
  static let rules: [(rule: CAMRule, golden: String)] = [
    (.gradCAM, "gradcam"), (.gradCAMPlusPlus, "gradcampp"), (.hiResCAM, "hirescam"), (.xGradCAM, "xgradcam"),
    (.layerCAM, "layercam"), (.eigenCAM, "eigencam"),
  ]

  @Test(arguments: Case.all) func mapsAgree(_ item: Case) throws {
    let golden = try Golden(item)
    for layer in item.subject.layers {
      for target in golden.targets() {
        for (rule, name) in Self.rules {
          let comparison = try golden.compare(rule, name, of: target, at: layer)
          #expect(comparison.relativeL2 <= 1e-4, "\(name) of class \(target) at \(layer.name): \(comparison)")
          #expect(comparison.cosine >= 0.9999, "\(name) of class \(target) at \(layer.name): \(comparison)")
        }
      }
    }
  }

  /// At a layer amid the network single ReLU6 units may switch: those that do in these photographs are named in
  /// `Subject.all`. All other maps meet 2e-3 (most 1e-5). Eigen-CAM reads no gradient.
  @Test(arguments: Case.all) func mapsAgreeAmidTheNetwork(_ item: Case) throws {
    guard let layer = item.subject.inner else { return }
    let golden = try Golden(item)
    for target in golden.targets() {
      for (rule, name) in Self.rules {
        let comparison = try golden.compare(rule, name, of: target, at: layer)
        let bound = item.bound(of: name, target, usually: name == "eigencam" ? 1e-4 : 2e-3)
        #expect(comparison.relativeL2 <= bound, "\(name) of class \(target): \(comparison)")
        #expect(comparison.cosine > (bound > 1e-2 ? 0.99 : 0.9999), "\(name) of class \(target): \(comparison)")
      }
    }
  }

  /// What the methods make of the gradient: saliency's and input x gradient's reductions of the golden gradient. A
  /// switched unit moves these less than the gradient itself.
  @Test(arguments: Case.all) func saliencyAndInputTimesGradientAgree(_ item: Case) throws {
    let golden = try Golden(item)
    let input = try golden.floats("input")
    for target in golden.targets() {
      let gradient = try golden.floats("class\(target)/input_gradient")
      let pixels = stride(from: 0, to: gradient.count, by: 3)
      let largest = pixels.map { start in (start..<start + 3).map { abs(gradient[$0]) }.max()! }
      let products = pixels.map { start in (start..<start + 3).reduce(Float(0)) { $0 + input[$1] * gradient[$1] } }
      let saliency = Comparison(try golden.pass.ask(Saliency(), Target(target)).map.values, expected: largest)
      #expect(saliency.relativeL2 <= 1e-2, "saliency of class \(target): \(saliency)")
      let contribution = Comparison(
        try golden.pass.ask(InputTimesGradient(), Target(target)).map.values, expected: products)
      #expect(contribution.relativeL2 <= 1e-2, "input x gradient of class \(target): \(contribution)")
    }
  }

  /// One class of each photograph for one network, one photograph for the others: each takes fifty passes.
  @Test(arguments: Case.all.filter { $0.photo == "coffee" || $0.subject.model == "efficientnet-lite0" })
  func integratedGradientsAgree(_ item: Case) throws {
    let golden = try Golden(item)
    let target = try #require(golden.targets().first)
    let expected = try golden.floats("class\(target)/integrated_gradients")
    let result = try golden.pass.ask(IntegratedGradients(), Target(target))
    let comparison = Comparison(
      result.map.values, expected: expected, extents: [result.map.height, result.map.width])
    #expect(comparison.relativeL2 <= 1e-2, "class \(target): \(comparison)")

    // Fifty steps miss part of the difference, in the reference as here: the note says by how much.
    let difference = Double(try golden.floats("logits")[target]) - Double(try golden.logitsOfZeros()[target])
    let error = expected.reduce(0) { $0 + Double($1) } - difference
    let told = try #require(result.number("completeness_error"))
    #expect(abs(told - error) <= 5e-3 * abs(difference), "\(told) instead of \(error) of \(difference)")
  }

  @Test(arguments: Case.all) func inputGradientAgrees(_ item: Case) throws {
    let golden = try Golden(item)
    let switched = item.switchedUnit
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
  private let wholeFile: GoldenFile
  private let input: Tensor

  init(_ item: RealGoldenTests.Case) throws {
    let classifier = try TestModels.library.classifier(item.subject.model)
    let goldens = try openWeightFile(SharedData.path("goldens/real/\(item.subject.file).safetensors"))
    wholeFile = GoldenFile(goldens)
    file = GoldenFile(goldens, prefix: item.photo + "/")
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    input = Tensor(classifier.preprocessing.inputShape, try file.floats("input"), in: engine.pool)
    pass = try ForwardPass(of: input, by: classifier, on: engine)
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(name) }
  func logitsOfZeros() throws -> [Float] { try wholeFile.floats("baseline/logits") }
  func targets() -> [Int] { file.targets() }

  /// Eigen-CAM's map is of no class.
  func compare(
    _ rule: CAMRule, _ name: String, of target: Int, at layer: (name: String, golden: String)
  ) throws -> Comparison {
    let map = try pass.map(of: target, by: rule, at: layer.name)
    let prefix = name == "eigencam" ? "" : "class\(target)/"
    return Comparison(
      map.values, expected: try file.floats("\(prefix)\(layer.golden)/\(name)_raw"), extents: [map.height, map.width])
  }

  /// - Parameter unit: what it sees counts as zero in both.
  func compareInputGradient(
    of target: Int, without unit: RealGoldenTests.SwitchedUnit?
  ) throws -> Comparison {
    var values = try pass.inputGradients(of: [Target(target)], at: input).gradients[0].elements
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
