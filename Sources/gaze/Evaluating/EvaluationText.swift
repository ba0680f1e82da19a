import Explain
import Foundation
import Interventions
import Models

/// An evaluation as tables for a terminal.
struct EvaluationText {
  let text: String

  /// Tables of more classes than this would not fit.
  static let mostClasses = 20

  init(_ evaluation: ModelEvaluation) {
    let results = evaluation.results
    let classCount = results.classes.count { $0.support > 0 }
    var lines = [
      "\(evaluation.model.name) on \(evaluation.data.folders.joined(separator: ", ")): \(results.images) images of \(classCount) classes",
      "",
    ]
    if !evaluation.data.doubts.isEmpty { lines += evaluation.data.doubts + [""] }
    let interval = results.accuracyInterval
    lines += Self.table(
      [
        [
          "accuracy", Self.percent(results.accuracy),
          "\(results.correct) of \(results.images); 95 % interval \(Self.percent(interval.low)) to \(Self.percent(interval.high))",
        ],
        ["macro F1", Self.decimal(results.macro.f1), "mean of the classes' F1"],
        [
          "mean confidence", Self.percent(results.meanConfidence),
          "of the class predicted" + Self.before(results, { Self.percent($0.meanConfidence) }),
        ],
        [
          "calibration error", Self.percent(results.calibration.expectedError),
          "expected |accuracy - confidence|, \(Calibration.binCount) bins of equal width"
            + Self.before(results, { Self.percent($0.expectedCalibrationError) }),
        ],
        [
          "log loss", Self.decimal(results.negativeLogLikelihood),
          "mean negative log-likelihood in nats" + Self.before(results, { Self.decimal($0.negativeLogLikelihood) }),
        ],
        [
          "temperature", Self.decimal(evaluation.model.temperature),
          evaluation.model.temperature == nil
            ? "none is fitted: gaze models calibrate \(evaluation.model.name) --data FOLDER, with other images than these"
            : "divides the logits before they become probabilities",
        ],
      ], leading: [0, 2])
    lines.append("")
    if results.classes.count <= Self.mostClasses {
      lines += Self.classTable(results.classes) + [""] + Self.matrix(results) + [""]
    } else {
      let worst = results.classes.filter { $0.support > 0 }.sorted { ($0.f1 ?? 0, $0.index) < ($1.f1 ?? 0, $1.index) }
      lines += ["The \(Self.mostClasses) classes with the lowest F1:"]
      lines += Self.classTable(Array(worst.prefix(Self.mostClasses))) + [""] + Self.confusions(results) + [""]
    }
    if let evidence = evaluation.evidence { lines += Self.background(evidence) }
    if let shortcuts = evaluation.shortcuts {
      lines += ["interventions, \(shortcuts.passes) passes on \(shortcuts.images) images:"]
      lines += shortcuts.sentences(evaluation.labels).map { "  " + $0 }
      lines += shortcuts.omissions.map { "  not tested: \($0.test): \($0.why)" } + [""]
    }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// What a number was without the model's temperature.
  private static func before(
    _ results: ClassificationReport, _ number: (CalibrationMeasures) -> String
  ) -> String {
    results.beforeCalibration.map { "; \(number($0)) without the temperature" } ?? ""
  }

  private static func classTable(_ classes: [ClassificationReport.ClassScores]) -> [String] {
    table(
      [["class", "images", "precision", "recall", "F1"]]
        + classes.map {
          [$0.label, String($0.support), percent($0.precision), percent($0.recall), decimal($0.f1)]
        }, leading: [0])
  }

  private static func matrix(_ results: ClassificationReport) -> [String] {
    let classes = results.classes
    return table(
      [["labelled \\ predicted"] + classes.map(\.label)]
        + classes.filter { $0.support > 0 }.map { row in
          [row.label] + classes.map { String(results.confusion[row.index, $0.index]) }
        }, leading: [0])
  }

  private static func confusions(_ results: ClassificationReport) -> [String] {
    let names = Dictionary(uniqueKeysWithValues: results.classes.map { ($0.index, $0.label) })
    let indices = results.classes.map(\.index)
    let pairs = indices.flatMap { row in indices.filter { $0 != row }.map { (row, $0, results.confusion[row, $0]) } }
      .filter { $0.2 > 0 }.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
    return ["The most frequent mistakes:"]
      + table(
        [["labelled", "predicted", "images"]]
          + pairs.prefix(mostClasses).map { [names[$0.0]!, names[$0.1]!, String($0.2)] }, leading: [0, 1])
  }

  private static func background(_ evidence: ModelEvaluation.Evidence) -> [String] {
    guard let all = evidence.background.all else {
      return ["evidence on the background: no image has an object to tell it from", ""]
    }
    func row(_ name: String, _ summary: BackgroundSummary?) -> [String] {
      guard let summary else { return [name, "0", "", ""] }
      return [name, String(summary.images), percent(summary.share), percent(summary.uniform)]
    }
    return [
      "evidence on the background (\(evidence.method), objects \(evidence.objects)): the share of it, and the share that a map has which knows nothing"
    ]
      + table(
        [["", "images", "share", "uniform"], row("all", all)]
          + (evidence.classes.count <= mostClasses
            ? evidence.classes.map { row($0.label, $0.background.all) } : []),
        leading: [0]) + [""]
  }

  /// Columns of one width, two blanks apart; those in `leading` begin at the left, numbers end at the right.
  static func table(_ rows: [[String]], leading: Set<Int>) -> [String] {
    let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let padding = String(repeating: " ", count: widths[column] - text.count)
        return leading.contains(column) ? text + padding : padding + text
      }
      var line = cells.joined(separator: "  ")[...]
      while line.last == " " { line.removeLast() }
      return String(line)
    }
  }

  static func percent(_ share: Double?) -> String { share.map { String(format: "%.1f %%", 100 * $0) } ?? "-" }
  static func decimal(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
}
