import Foundation
import Models
import Networks
import Testing

@testable import Explain

/// Networks alike but for their temperature.
@Suite("A model with a temperature")
struct ModelTemperatureTests {
  private let plain: Analysis
  private let calibrated: Analysis
  private static let temperature = 0.25

  init() throws {
    plain = try SmallNetwork.analysis()
    calibrated = try SmallNetwork.analysis(SmallNetwork.classifier(temperature: Self.temperature))
  }

  /// softmax(z / T), by the definition.
  private func probabilities(_ logits: [Float]) -> [Double] {
    let powers = logits.map { exp(Double($0) / Self.temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  @Test("divides its logits by it for probabilities, and leaves logits and their order alone")
  func predictions() {
    #expect(calibrated.pass.logits == plain.pass.logits)
    #expect(calibrated.predictions(5).map(\.logit) == plain.predictions(5).map(\.logit))
    #expect(calibrated.predictions(5).map(\.label.index) == plain.predictions(5).map(\.label.index))
    for (index, expected) in probabilities(plain.pass.logits).enumerated() {
      #expect(abs(Double(calibrated.numbers[index]) - expected) < 1e-7)
    }
    #expect(calibrated.numbers.max()! > plain.numbers.max()!)
  }

  @Test("one of 1 changes no bit")
  func one() throws {
    let one = try SmallNetwork.analysis(SmallNetwork.classifier(temperature: 1))
    #expect(one.numbers == plain.numbers)
    let method = RISE(masks: 20, cells: 3)
    #expect(try one.explain(method, target: Target(1)).map == plain.explain(method, target: Target(1)).map)
  }

  @Test("explains the same logits, to the bit")
  func maps() throws {
    for method in [
      ClassActivationMap(.gradCAM), IntegratedGradients(steps: 3), Occlusion(window: 4, stride: 4), ScoreCAM(),
      AblationCAM(), RISE(masks: 20, cells: 3, score: .logit),
    ] as [any AttributionMethod] {
      let target = Target(1, against: method is Occlusion ? 2 : nil)
      let (one, other) = (try plain.explain(method, target: target), try calibrated.explain(method, target: target))
      #expect(one.map == other.map, "\(method.name)")
    }
  }

  @Test("is scored by the probability that it is served with")
  func scores() throws {
    let logits = calibrated.pass.logits
    let expected = probabilities(logits)
    func score(_ target: Target) -> Double {
      Score.probability.value(of: logits, for: target, by: calibrated.classifier)
    }
    #expect(abs(score(Target(3)) - expected[3]) < 1e-12)
    #expect(abs(score(Target(3, against: 1)) - (expected[3] - expected[1])) < 1e-12)
    #expect(
      Score.logit.value(of: logits, for: Target(3, against: 1), by: calibrated.classifier)
        == Double(logits[3]) - Double(logits[1]))

    let method = RISE(masks: 20, cells: 3)
    let (one, other) = (try plain.explain(method, target: Target(1)), try calibrated.explain(method, target: Target(1)))
    #expect(one.map != other.map)
    let change = try calibrated.pass.confidenceChange(other.map, target: Target(1), progress: .none)
    #expect(abs(change.original - expected[1]) < 1e-12)
    let occlusion = Occlusion(window: 7, stride: 7, score: .probability)
    #expect(try plain.explain(occlusion, target: Target(1)).map != calibrated.explain(occlusion, target: Target(1)).map)
  }

  @Test("has it in the receipt of its maps; other receipts say nothing of it")
  func receipts() throws {
    let method = ClassActivationMap(.gradCAM)
    #expect(try calibrated.explain(method, target: Target(1)).receipt().model.temperature == Self.temperature)
    #expect(try plain.explain(method, target: Target(1)).receipt().model.temperature == nil)
  }
}
