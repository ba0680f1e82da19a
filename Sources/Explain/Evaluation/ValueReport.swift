package import Networks

/// How far a model's values are from those that images are labelled with.
package struct ValueReport: Hashable, Sendable, Encodable {
  /// One image: what the model says, and what it is labelled with, a number for each value.
  package struct Outcome: Hashable, Sendable {
    package let predicted: [Float]
    package let labelled: [Float]

    package init(predicted: [Float], labelled: [Float]) {
      precondition(
        predicted.count == labelled.count, "ValueReport: \(predicted.count) values, \(labelled.count) labels")
      self.predicted = predicted
      self.labelled = labelled
    }
  }

  /// One value: its error e is what the model says less the label.
  package struct Scores: Hashable, Sendable, Encodable {
    package let index: Int
    package let label: String
    /// The mean of |e|.
    package let meanAbsoluteError: Double
    /// The square root of the mean of e^2.
    package let rootMeanSquareError: Double
    /// The mean of e: what the model says too much.
    package let meanError: Double
    /// The mean absolute error of always saying the labels' median: what a model must beat.
    package let medianBaseline: Double
    /// 1 - sum of e^2 / sum of (label - mean of the labels)^2; nil where all labels are the same.
    package let determination: Double?

    private enum CodingKeys: String, CodingKey {
      case index, label
      case meanAbsoluteError = "mean_absolute_error"
      case rootMeanSquareError = "root_mean_square_error"
      case meanError = "mean_error"
      case medianBaseline = "median_baseline"
      case determination = "r2"
    }
  }

  package let images: Int
  package let values: [Scores]

  /// - Parameter outcomes: at least one.
  package init(of outcomes: [Outcome], labels: Labels) {
    precondition(!outcomes.isEmpty, "ValueReport: no outcomes")
    images = outcomes.count
    values = labels.classes.map { label in
      Scores(label, outcomes.map { (Double($0.predicted[label.index]), Double($0.labelled[label.index])) })
    }
  }
}

extension ValueReport.Scores {
  fileprivate init(_ label: ClassLabel, _ outcomes: [(predicted: Double, labelled: Double)]) {
    let count = Double(outcomes.count)
    func mean(_ term: ((predicted: Double, labelled: Double)) -> Double) -> Double {
      outcomes.reduce(0) { $0 + term($1) } / count
    }
    let square = mean { ($0.predicted - $0.labelled) * ($0.predicted - $0.labelled) }
    let centre = mean { $0.labelled }
    let variance = mean { ($0.labelled - centre) * ($0.labelled - centre) }
    let sorted = outcomes.map { $0.labelled }.sorted()
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    self.init(
      index: label.index, label: label.name, meanAbsoluteError: mean { abs($0.predicted - $0.labelled) },
      rootMeanSquareError: square.squareRoot(), meanError: mean { $0.predicted - $0.labelled },
      medianBaseline: mean { abs($0.labelled - median) }, determination: variance > 0 ? 1 - square / variance : nil)
  }
}
