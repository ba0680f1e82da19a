package import Models
package import Networks

/// How good a model is whose classes each have a sigmoid, on images that say of each class whether it is there.
///
/// A class is said to be there where its probability is at least one half. The area under the receiver operating
/// characteristic is the share of pairs of an image with the class and one without of which the first has the greater
/// logit, equals counting one half (Hanley and McNeil, Radiology 143, 1982); it needs no threshold.
package struct SigmoidReport: Hashable, Sendable, Encodable {
  /// One image: a logit for each class, and whether the class is there.
  package struct Outcome: Hashable, Sendable {
    package let logits: [Float]
    package let isThere: [Bool]

    package init(logits: [Float], isThere: [Bool]) {
      precondition(logits.count == isThere.count, "SigmoidReport: \(logits.count) logits, \(isThere.count) labels")
      self.logits = logits
      self.isThere = isThere
    }
  }

  /// One class; what there is nothing to divide by for is nil.
  package struct ClassScores: Hashable, Sendable, Encodable {
    package let index: Int
    package let label: String
    /// Images that have the class.
    package let support: Int
    /// Images that are said to have it.
    package let predicted: Int
    package let correct: Int
    package let precision: Double?
    package let recall: Double?
    package let f1: Double?
    package let auroc: Double?
    /// The probability from which on saying that the class is there gives the greatest F1 on these images, and that F1:
    /// chosen on the images that it is measured on, so that others give less.
    package let bestThreshold: Double?
    package let bestF1: Double?

    private enum CodingKeys: String, CodingKey {
      case index, label, support, predicted, correct, precision, recall, f1, auroc
      case bestThreshold = "best_threshold"
      case bestF1 = "best_f1"
    }
  }

  package let images: Int
  /// Images of which every class is told rightly.
  package let correct: Int
  /// Their share.
  package let exactMatch: Double
  /// Means over the classes that have the number, each counting alike.
  package let macroF1: Double?
  package let macroAUROC: Double?
  /// F1 over all classes of all images together.
  package let microF1: Double?
  /// Over images and classes, as the model is served.
  package let calibration: CalibrationMeasures
  /// Without the model's temperature; nil where it has none.
  package let beforeCalibration: CalibrationMeasures?
  package let classes: [ClassScores]

  /// - Parameters:
  ///   - outcomes: at least one.
  ///   - temperature: nil where none is fitted.
  package init(of outcomes: [Outcome], labels: Labels, temperature: Double?) {
    precondition(!outcomes.isEmpty, "SigmoidReport: no outcomes")
    images = outcomes.count
    correct = outcomes.count { outcome in zip(outcome.logits, outcome.isThere).allSatisfy { ($0 >= 0) == $1 } }
    exactMatch = Double(correct) / Double(images)
    let classes = labels.classes.map { label in
      Self.scores(
        label, outcomes.map { ($0.logits[label.index], $0.isThere[label.index]) }, temperature: temperature ?? 1)
    }
    func mean(_ value: (ClassScores) -> Double?) -> Double? {
      let values = classes.compactMap(value)
      return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    self.classes = classes
    macroF1 = mean { $0.f1 }
    macroAUROC = mean { $0.auroc }
    func sum(_ value: (ClassScores) -> Int) -> Int { classes.reduce(0) { $0 + value($1) } }
    microF1 = Self.f1(correct: sum { $0.correct }, predicted: sum { $0.predicted }, support: sum { $0.support })
    var logits = LabelledLogits(classCount: labels.count, output: .sigmoid)
    for outcome in outcomes {
      logits.add(outcome.logits, ofClasses: outcome.isThere.indices.filter { outcome.isThere[$0] })
    }
    calibration = logits.measures(at: temperature ?? 1)
    beforeCalibration = temperature.map { _ in logits.measures(at: 1) }
  }

  private static func scores(
    _ label: ClassLabel, _ outcomes: [(logit: Float, isThere: Bool)], temperature: Double
  ) -> ClassScores {
    let support = outcomes.count { $0.isThere }
    let predicted = outcomes.count { $0.logit >= 0 }
    let correct = outcomes.count { $0.logit >= 0 && $0.isThere }
    let best = bestCut(outcomes)
    return ClassScores(
      index: label.index, label: label.name, support: support, predicted: predicted, correct: correct,
      precision: predicted > 0 ? Double(correct) / Double(predicted) : nil,
      recall: support > 0 ? Double(correct) / Double(support) : nil,
      f1: f1(correct: correct, predicted: predicted, support: support), auroc: auroc(outcomes),
      bestThreshold: best.map { OutputKind.sigmoid.number(of: 0, in: [$0.logit], temperature: temperature) },
      bestF1: best?.f1)
  }

  private static func f1(correct: Int, predicted: Int, support: Int) -> Double? {
    predicted + support > 0 ? 2 * Double(correct) / Double(predicted + support) : nil
  }

  /// By the sum of the ranks of the images that have the class; nil where all have it, or none.
  static func auroc(_ outcomes: [(logit: Float, isThere: Bool)]) -> Double? {
    let support = outcomes.count { $0.isThere }
    guard support > 0, support < outcomes.count else { return nil }
    let sorted = outcomes.sorted { $0.logit < $1.logit }
    var ranks = 0.0
    var start = 0
    while start < sorted.count {
      let end = sorted[start...].firstIndex { $0.logit > sorted[start].logit } ?? sorted.count
      // Equals share the mean of their ranks, which begin at 1.
      ranks += Double(start + 1 + end) / 2 * Double(sorted[start..<end].count { $0.isThere })
      start = end
    }
    return (ranks - Double(support) * Double(support + 1) / 2) / (Double(support) * Double(outcomes.count - support))
  }

  /// The logit from which on F1 is greatest, of equals the greatest logit; nil where no image has the class.
  private static func bestCut(_ outcomes: [(logit: Float, isThere: Bool)]) -> (logit: Float, f1: Double)? {
    let support = outcomes.count { $0.isThere }
    guard support > 0 else { return nil }
    let sorted = outcomes.sorted { $0.logit > $1.logit }
    var best: (logit: Float, f1: Double)?
    var correct = 0
    for (place, outcome) in sorted.enumerated() {
      if outcome.isThere { correct += 1 }
      guard place + 1 == sorted.count || sorted[place + 1].logit < outcome.logit else { continue }
      let f1 = 2 * Double(correct) / Double(place + 1 + support)
      if f1 > best?.f1 ?? -1 { best = (outcome.logit, f1) }
    }
    return best
  }

  private enum CodingKeys: String, CodingKey {
    case images, correct, calibration, classes
    case exactMatch = "exact_match"
    case macroF1 = "macro_f1"
    case macroAUROC = "macro_auroc"
    case microF1 = "micro_f1"
    case beforeCalibration = "before_calibration"
  }
}
