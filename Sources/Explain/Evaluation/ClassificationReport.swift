package import Models
package import Networks

/// How good a classifier is on labelled images, in numbers.
package struct ClassificationReport: Hashable, Sendable, Encodable {
  /// What became of one image.
  package struct Outcome: Hashable, Sendable {
    /// The class that the image is labelled with.
    package let labelled: Int
    package let predicted: Int
    /// As the model is served.
    package let certainty: Certainty
    /// Without the model's temperature; nil where it has none.
    package let rawCertainty: Certainty?

    package init(labelled: Int, predicted: Int, certainty: Certainty, rawCertainty: Certainty? = nil) {
      self.labelled = labelled
      self.predicted = predicted
      self.certainty = certainty
      self.rawCertainty = rawCertainty
    }

    package var isCorrect: Bool { labelled == predicted }
  }

  /// One class; what there is nothing to divide by for is nil.
  package struct ClassScores: Hashable, Sendable, Encodable {
    package let index: Int
    package let label: String
    /// Images that are labelled so.
    package let support: Int
    /// Images that were taken for it.
    package let predicted: Int
    package let correct: Int
    package let precision: Double?
    package let recall: Double?
    package let f1: Double?
  }

  /// Means over the classes that there are images of, each class counting alike.
  package struct MacroScores: Hashable, Sendable, Encodable {
    /// A class that no image was taken for counts as 0.
    package let precision: Double
    package let recall: Double
    package let f1: Double
  }

  package let images: Int
  package let correct: Int
  package let accuracy: Double
  /// 95 %, for independent images: frames of one film are not.
  package let accuracyInterval: ShareInterval
  package let meanConfidence: Double
  /// The mean of -log p of the class that an image is labelled with, in nats.
  package let negativeLogLikelihood: Double
  package let calibration: Calibration
  /// Without the model's temperature; nil where it has none.
  package let beforeCalibration: CalibrationMeasures?
  package let macro: MacroScores
  /// The classes that images are labelled with or were taken for, by index.
  package let classes: [ClassScores]
  package let confusion: ConfusionMatrix

  /// - Parameter outcomes: at least one.
  package init(of outcomes: [Outcome], labels: Labels) {
    precondition(!outcomes.isEmpty, "ClassificationReport: no outcomes")
    var matrix = ConfusionMatrix(classCount: labels.count)
    for outcome in outcomes { matrix.add(labelled: outcome.labelled, predicted: outcome.predicted) }
    confusion = matrix
    images = outcomes.count
    correct = outcomes.count { $0.isCorrect }
    accuracy = Double(correct) / Double(images)
    accuracyInterval = ShareInterval(of: correct, among: images)
    let measures = CalibrationMeasures(of: outcomes.map { ($0.certainty, $0.isCorrect) })
    meanConfidence = measures.meanConfidence
    negativeLogLikelihood = measures.negativeLogLikelihood
    calibration = Calibration(of: outcomes.map { ($0.certainty.confidence, $0.isCorrect) })
    let raw = outcomes.compactMap { outcome in outcome.rawCertainty.map { ($0, outcome.isCorrect) } }
    beforeCalibration = raw.count == outcomes.count ? CalibrationMeasures(of: raw) : nil
    let occurring = Set(outcomes.flatMap { [$0.labelled, $0.predicted] }).sorted()
    classes = occurring.map { index in
      ClassScores(
        index: index, label: labels[index].name, support: matrix.support(of: index),
        predicted: matrix.predicted(index), correct: matrix[index, index], precision: matrix.precision(of: index),
        recall: matrix.recall(of: index), f1: matrix.f1(of: index))
    }
    let labelled = classes.filter { $0.support > 0 }
    func mean(_ value: (ClassScores) -> Double?) -> Double {
      labelled.reduce(0) { $0 + (value($1) ?? 0) } / Double(labelled.count)
    }
    macro = MacroScores(precision: mean { $0.precision }, recall: mean { $0.recall }, f1: mean { $0.f1 })
  }

  private enum CodingKeys: String, CodingKey {
    case images, correct, accuracy, calibration, macro, classes, confusion
    case accuracyInterval = "accuracy_interval_95"
    case meanConfidence = "mean_confidence"
    case negativeLogLikelihood = "negative_log_likelihood"
    case beforeCalibration = "before_calibration"
  }

  /// The matrix over the classes that occur.
  private struct Confusion: Encodable {
    let classes: [Int]
    /// A row for each labelled class, a column for each predicted one.
    let counts: [[Int]]
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(images, forKey: .images)
    try container.encode(correct, forKey: .correct)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(accuracyInterval, forKey: .accuracyInterval)
    try container.encode(meanConfidence, forKey: .meanConfidence)
    try container.encode(negativeLogLikelihood, forKey: .negativeLogLikelihood)
    try container.encode(calibration, forKey: .calibration)
    try container.encodeIfPresent(beforeCalibration, forKey: .beforeCalibration)
    try container.encode(macro, forKey: .macro)
    try container.encode(classes, forKey: .classes)
    let indices = classes.map { $0.index }
    try container.encode(
      Confusion(classes: indices, counts: indices.map { row in indices.map { confusion[row, $0] } }),
      forKey: .confusion)
  }
}
