import Explain
import Images
import Models
import Networks
import Training

/// What was found on images that a table labels, by a model of sigmoids or of values.
struct TableEvaluation: Encodable {
  struct Source: Encodable {
    let table: String
    let fingerprint: String
    let images: Int
    /// Images that could not be read.
    let skipped: [String]
    /// The samples that became black and white; nil where they are as stored.
    let window: [Int]?
  }

  enum Results: Encodable {
    case sigmoid(SigmoidReport)
    case value(ValueReport)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .sigmoid(let report): try report.encode(to: encoder)
      case .value(let report): try report.encode(to: encoder)
      }
    }
  }

  /// One image, by the names of the outputs.
  struct Image: Encodable {
    let file: String
    let labelled: [String: Float]
    let told: [String: Float]
  }

  let gaze: String
  let model: ModelEvaluation.Model
  let data: Source
  let results: Results
  let images: [Image]

  /// - Parameter answers: the logits of those rows of the table that could be read; nil comes of none.
  init?(_ answers: [Int: [Float]], of table: LabelTable, by evaluator: ImageEvaluator) {
    guard !answers.isEmpty else { return nil }
    let (manifest, labels) = (evaluator.classifier.manifest, evaluator.classifier.labels)
    gaze = gazeVersion
    model = ModelEvaluation.Model(manifest)
    data = Source(
      table: table.path, fingerprint: table.fingerprint, images: answers.count,
      skipped: table.rows.indices.filter { answers[$0] == nil }.map { table.rows[$0].name },
      window: evaluator.window.map { [$0.low, $0.high] })
    let found = answers.sorted { $0.key < $1.key }.map { (row: table.rows[$0.key], logits: $0.value) }
    results =
      manifest.output == .value
      ? .value(
        ValueReport(of: found.map { .init(predicted: $0.logits, labelled: $0.row.targets) }, labels: labels))
      : .sigmoid(
        SigmoidReport(
          of: found.map { .init(logits: $0.logits, isThere: $0.row.targets.map { $0 == 1 }) }, labels: labels,
          temperature: manifest.calibration?.temperature))
    func named(_ numbers: [Float]) -> [String: Float] {
      Dictionary(zip(labels.classes.map(\.name), numbers)) { first, _ in first }
    }
    images = found.map {
      Image(
        file: $0.row.name, labelled: named($0.row.targets), told: named(evaluator.classifier.numbers(of: $0.logits)))
    }
  }

  // MARK: Text

  /// Tables for a terminal.
  var text: String {
    let lines =
      switch results {
      case .sigmoid(let report): Self.lines(of: report, model.temperature)
      case .value(let report): Self.lines(of: report, unit: model.unit)
      }
    return (["\(model.name) on \(data.table): \(data.images) images", ""] + lines).joined(separator: "\n") + "\n"
  }

  private static func lines(of report: SigmoidReport, _ temperature: Double?) -> [String] {
    typealias Text = EvaluationText
    func before(_ number: (CalibrationMeasures) -> String) -> String {
      report.beforeCalibration.map { "; \(number($0)) without the temperature" } ?? ""
    }
    let summary = [
      [
        "macro AUROC", Text.decimal(report.macroAUROC), "mean over the classes that some images have and some have not",
      ],
      [
        "macro F1", Text.decimal(report.macroF1), "mean over the classes, each there from a probability of one half on",
      ],
      ["micro F1", Text.decimal(report.microF1), "over all classes of all images together"],
      [
        "exact match", Text.percent(report.exactMatch),
        "\(report.correct) of \(report.images): every class told rightly",
      ],
      [
        "calibration error", Text.percent(report.calibration.expectedCalibrationError),
        "over images and classes" + before { Text.percent($0.expectedCalibrationError) },
      ],
      [
        "log loss", Text.decimal(report.calibration.negativeLogLikelihood),
        "mean binary cross-entropy in nats" + before { Text.decimal($0.negativeLogLikelihood) },
      ],
      [
        "temperature", Text.decimal(temperature),
        temperature == nil ? "none is fitted" : "divides the logits before they become probabilities",
      ],
    ]
    let classes = [["class", "images", "AUROC", "precision", "recall", "F1", "best F1", "from"]]
    let rows = report.classes.sorted { ($0.f1 ?? 2, $0.index) < ($1.f1 ?? 2, $1.index) }
    let isWhole = rows.count <= Text.mostClasses
    let shown = isWhole ? report.classes : Array(rows.prefix(Text.mostClasses))
    return Text.table(summary, leading: [0, 2]) + [""]
      + (isWhole ? [] : ["The \(Text.mostClasses) classes with the lowest F1:"])
      + Text.table(
        classes
          + shown.map {
            [
              $0.label, String($0.support), Text.decimal($0.auroc), Text.percent($0.precision), Text.percent($0.recall),
              Text.decimal($0.f1), Text.decimal($0.bestF1), Text.percent($0.bestThreshold),
            ]
          }, leading: [0])
  }

  private static func lines(of report: ValueReport, unit: String?) -> [String] {
    func number(_ value: Double) -> String { significantText(Float(value)) }
    return EvaluationText.table(
      [["value", "mean |error|", "of the median", "root mean square", "mean error", "R2"]]
        + report.values.map {
          [
            $0.label, number($0.meanAbsoluteError), number($0.medianBaseline), number($0.rootMeanSquareError),
            number($0.meanError), EvaluationText.decimal($0.determination),
          ]
        }, leading: [0])
      + [
        "",
        "Errors are what the model says less the label\(unit.map { ", in \($0)" } ?? ""). 'of the median' is the mean |error| of "
          + "always saying the labels' median.",
      ]
  }
}

extension LabelTable {
  /// The table among the data of a model; nil where they are folders, each of a class.
  ///
  /// - Throws: where the model needs a table, or cannot have one.
  init?(_ data: [String], for classifier: Classifier) throws(Failure) {
    let tables = data.filter(LabelTable.isNamed)
    let (name, output) = (classifier.name, classifier.output)
    guard let path = tables.first else {
      // Of two classes that one sigmoid is between, an image has one, as folders say it.
      if output == .softmax || (output == .sigmoid && classifier.labels.count == 2) { return nil }
      throw Failure(
        .usage,
        output == .value
          ? "\(name) gives values, which folders of classes do not tell: --data names a CSV file with the columns "
            + "file,\(classifier.labels.classes.map(\.name).joined(separator: ","))."
          : "\(name) says of each class whether it is there, which folders of classes do not tell: --data names a CSV file "
            + "with the columns file,labels, the labels separated by ';'.")
    }
    guard output != .softmax else {
      throw Failure(
        .usage, "\(name) has one class an image: --data names a folder with one folder of images for each class.")
    }
    guard data.count == 1 else { throw Failure(.usage, "one table at a time: give --data once.") }
    do throws(DatasetError) {
      try self.init(path, names: classifier.labels.classes.map(\.name), for: output)
    } catch {
      throw Failure(error)
    }
  }
}
