import Explain
import Foundation
import Models
import Networks
import Testing

@Suite("Classification in numbers")
struct ClassificationTests {
  /// Three classes: of the first 3 right and 1 taken for the second, of the second 2 right, of the third 1 taken for
  /// the first, 1 for the second.
  private static let outcomes: [ClassificationReport.Outcome] =
    [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (2, 0), (2, 1)].map {
      outcome($0.0, $0.1)
    }

  private static func outcome(
    _ labelled: Int, _ predicted: Int, _ confidence: Double = 0.5, raw: Double? = nil
  ) -> ClassificationReport.Outcome {
    func certainty(_ confidence: Double) -> Certainty {
      Certainty(confidence: confidence, logLikelihood: log(labelled == predicted ? confidence : 1 - confidence))
    }
    return .init(
      labelled: labelled, predicted: predicted, certainty: certainty(confidence), rawCertainty: raw.map(certainty))
  }

  @Test("Precision, recall and F1 are those worked out by hand")
  func scores() {
    let report = ClassificationReport(of: Self.outcomes, labels: .unnamed(count: 4))
    #expect(report.images == 8 && report.correct == 5 && report.accuracy == 0.625)
    // The fourth class neither has an image nor was an answer.
    #expect(report.classes.map(\.index) == [0, 1, 2])
    #expect(report.classes.map(\.support) == [4, 2, 2])
    #expect(report.classes.map(\.predicted) == [4, 4, 0])
    #expect(report.classes.map(\.precision) == [0.75, 0.5, nil])
    #expect(report.classes.map(\.recall) == [0.75, 1, 0])
    #expect(report.classes[0].f1 == 0.75)
    #expect(abs(report.classes[1].f1! - 2.0 / 3) < 1e-15)
    #expect(report.classes[2].f1 == 0)
    #expect(abs(report.macro.precision - 1.25 / 3) < 1e-15)
    #expect(abs(report.macro.recall - 1.75 / 3) < 1e-15)
    #expect(abs(report.macro.f1 - (0.75 + 2.0 / 3) / 3) < 1e-15)
    #expect(report.confusion[2, 0] == 1 && report.confusion[0, 2] == 0 && report.confusion[0, 1] == 1)
  }

  @Test("A class without images counts in no mean, and one that was an answer by mistake has no recall")
  func absentClass() {
    let report = ClassificationReport(
      of: [Self.outcome(0, 0), Self.outcome(0, 1)], labels: .unnamed(count: 2))
    #expect(report.classes[1].recall == nil && report.classes[1].precision == 0 && report.classes[1].f1 == 0)
    #expect(report.macro.recall == 0.5 && report.macro.precision == 1)
  }

  /// Reference: the formula in Python's doubles, z = 1.959963984540054.
  @Test(
    "Wilson's interval is the reference's",
    arguments: [
      (471, 500, 0.9179438121, 0.9593162709), (0, 10, 0.0, 0.2775327999), (10, 10, 0.7224672001, 1.0),
      (1, 3, 0.0614919447, 0.7923403992),
    ])
  func wilson(hits: Int, count: Int, low: Double, high: Double) {
    let interval = ShareInterval(of: hits, among: count)
    #expect(abs(interval.low - low) < 1e-9 && abs(interval.high - high) < 1e-9)
  }

  @Test("What is served is reported, and what it would be without the temperature only where there is one")
  func temperature() throws {
    let report = ClassificationReport(
      of: [Self.outcome(0, 0, 0.9, raw: 0.6), Self.outcome(0, 1, 0.7, raw: 0.5)], labels: .unnamed(count: 2))
    #expect(abs(report.meanConfidence - 0.8) < 1e-15)
    #expect(abs(report.negativeLogLikelihood + (log(0.9) + log(0.3)) / 2) < 1e-15)
    #expect(abs(report.calibration.expectedError - (0.1 + 0.7) / 2) < 1e-15)
    let before = try #require(report.beforeCalibration)
    #expect(abs(before.meanConfidence - 0.55) < 1e-15)
    #expect(abs(before.negativeLogLikelihood + (log(0.6) + log(0.5)) / 2) < 1e-15)
    #expect(abs(before.expectedCalibrationError - (0.4 + 0.5) / 2) < 1e-15)
    let json = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    #expect(json.contains("\"before_calibration\":{") && json.contains("\"negative_log_likelihood\""))
    let plain = ClassificationReport(of: Self.outcomes, labels: .unnamed(count: 4))
    #expect(plain.beforeCalibration == nil)
    #expect(!String(decoding: try JSONEncoder().encode(plain), as: UTF8.self).contains("before_calibration"))
  }

  @Test("The calibration error is the mean gap of the bins, whose upper edges are theirs")
  func calibration() {
    // Bins of a fifth: 0.2 belongs to the first, 0.9 and 1 to the last; the third is right more often than it is sure.
    let calibration = Calibration(
      of: [(0.2, false), (0.5, true), (0.6, true), (0.9, true), (1, false)], binCount: 5)
    #expect(calibration.bins.map(\.count) == [1, 0, 2, 0, 2])
    #expect(calibration.bins[0].accuracy == 0 && calibration.bins[0].confidence == 0.2)
    #expect(calibration.bins[1].accuracy == nil && calibration.bins[1].confidence == nil)
    #expect(calibration.bins[2].accuracy == 1)
    #expect(calibration.bins[4].accuracy == 0.5)
    // 1/5·0.2 + 2/5·0.45 + 2/5·0.45
    #expect(abs(calibration.expectedError - 0.4) < 1e-12)
  }

  @Test("Fifteen bins; a confidence of nothing is in the first, of all in the last")
  func edges() {
    let calibration = Calibration(of: [(0, false), (1, true)])
    #expect(calibration.bins.count == 15)
    #expect(calibration.bins[0].count == 1 && calibration.bins[14].count == 1)
    #expect(calibration.expectedError == 0)
  }
}
