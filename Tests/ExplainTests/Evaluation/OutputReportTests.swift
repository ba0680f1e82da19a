import Autodiff
import Foundation
import Models
import Networks
import Testing

@testable import Explain

@Suite("Reports of sigmoids and of values")
struct OutputReportTests {
  private static let labels = Labels([ClassLabel(index: 0, name: "a"), ClassLabel(index: 1, name: "b")])

  /// The share of pairs that are in order, pair by pair.
  private static func auroc(_ outcomes: [(Float, Bool)]) -> Double {
    var (sum, pairs) = (0.0, 0.0)
    for (there, isThere) in outcomes where isThere {
      for (absent, isThere) in outcomes where !isThere {
        sum += there > absent ? 1 : there == absent ? 0.5 : 0
        pairs += 1
      }
    }
    return sum / pairs
  }

  @Test("the area under the ROC is the share of pairs in order, equals half", arguments: [1, 2, 3, 4])
  func auroc(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    // Few different logits, so that there are equals.
    let outcomes =
      (0..<40).map { _ in
        (logit: Float(Int.random(in: -3...3, using: &random)), isThere: Bool.random(using: &random))
      } + [(logit: 0, isThere: true), (logit: 0, isThere: false)]
    let found = try #require(SigmoidReport.auroc(outcomes))
    #expect(abs(found - Self.auroc(outcomes.map { ($0.logit, $0.isThere) })) < 1e-12)
    #expect(SigmoidReport.auroc(outcomes.map { ($0.logit, true) }) == nil)
  }

  @Test("of a class: found, missed, too many, and the threshold that would be best")
  func classes() throws {
    let report = SigmoidReport(
      of: [
        .init(logits: [2, -1], isThere: [true, false]), .init(logits: [1, -2], isThere: [false, false]),
        .init(logits: [-1, 3], isThere: [true, true]), .init(logits: [-3, -4], isThere: [false, false]),
      ], labels: Self.labels, temperature: nil)
    let first = report.classes[0]
    #expect(first.support == 2 && first.predicted == 2 && first.correct == 1)
    #expect(first.precision == 0.5 && first.recall == 0.5 && first.f1 == 0.5 && first.auroc == 0.75)
    // From -1 on: both found, one too many.
    #expect(first.bestF1 == 0.8)
    #expect(abs(try #require(first.bestThreshold) - 1 / (1 + exp(1.0))) < 1e-7)
    #expect(report.classes[1].f1 == 1 && report.classes[1].auroc == 1)
    #expect(report.correct == 2 && report.exactMatch == 0.5)
    #expect(report.macroF1 == 0.75 && report.macroAUROC == 0.875)
    #expect(abs(try #require(report.microF1) - 4.0 / 6) < 1e-12)
    let losses: [Double] = [2, 1, -1, -3].map { log(1 + exp(-$0)) }
    // The first class: there with 2 and -1, absent with 1 and -3.
    let one = losses[0] + log(1 + exp(1.0)) + losses[2] + log(1 + exp(-3.0))
    let other = log(1 + exp(-1.0)) + log(1 + exp(-2.0)) + log(1 + exp(-3.0)) + log(1 + exp(-4.0))
    #expect(abs(report.calibration.negativeLogLikelihood - (one + other) / 8) < 1e-7)
    #expect(report.beforeCalibration == nil)
  }

  @Test("a class that no image has, or that all have, leaves open what would be a division by 0")
  func open() {
    let report = SigmoidReport(
      of: [.init(logits: [-1, 1], isThere: [false, true])], labels: Self.labels, temperature: 2)
    #expect(report.classes[0].precision == nil && report.classes[0].recall == nil && report.classes[0].f1 == nil)
    #expect(report.classes.allSatisfy { $0.auroc == nil } && report.macroAUROC == nil)
    #expect(report.beforeCalibration != nil)
  }

  @Test("of values: errors, what the median would err, and the share of variance")
  func values() throws {
    let pairs: [(Float, Float)] = [(1, 2), (4, 2), (5, 5), (10, 7)]
    let report = ValueReport(
      of: pairs.map { .init(predicted: [$0.0], labelled: [$0.1]) }, labels: Labels([ClassLabel(index: 0, name: "age")]))
    let scores = report.values[0]
    // Errors -1, 2, 0, 3; labels 2, 2, 5, 7: median 3.5, mean 4.
    #expect(report.images == 4 && scores.meanAbsoluteError == 1.5 && scores.meanError == 1)
    #expect(scores.rootMeanSquareError == (14.0 / 4).squareRoot())
    #expect(scores.medianBaseline == (1.5 + 1.5 + 1.5 + 3.5) / 4)
    #expect(abs(try #require(scores.determination) - (1 - 14.0 / 18)) < 1e-12)
  }
}
