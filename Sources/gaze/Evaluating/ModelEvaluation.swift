import Explain
import Images
import Interventions
import Models
import Networks
import Training

/// All that an evaluation found: `report.json`.
struct ModelEvaluation: Encodable, Sendable {
  struct Model: Encodable, Sendable {
    let name: String
    let title: String
    let network: String
    let weightsSHA256: String
    /// nil where none is fitted.
    let temperature: Double?
    let output: OutputKind
    /// What values are measured in; nil where nobody said, and of probabilities.
    let unit: String?

    private enum CodingKeys: String, CodingKey {
      case name, title, network, temperature, output, unit
      case weightsSHA256 = "weights_sha256"
    }

    init(_ manifest: ModelManifest) {
      name = manifest.name
      title = manifest.title
      network = manifest.architecture
      weightsSHA256 = manifest.weightsSHA256
      temperature = manifest.calibration?.temperature
      output = manifest.output
      unit = manifest.unit
    }
  }

  struct Source: Encodable, Sendable {
    let folders: [String]
    let fingerprint: String
    let skipped: [Skipped]
    /// nil where nothing is doubtful.
    let findings: DataFindings?
    /// `false` where the training images are not there to be compared with; else nil.
    let comparedWithTraining: Bool?
    /// The samples that became black and white; nil where they are as stored.
    let window: [Int]?
    /// What is doubtful, a finding a line.
    let doubts: [String]

    private enum CodingKeys: String, CodingKey {
      case folders, fingerprint, skipped, findings, window
      case comparedWithTraining = "compared_with_training"
    }
  }

  struct Skipped: Encodable, Sendable {
    let file: String
    let reason: String

    init(_ file: SkippedFile) { (self.file, reason) = (file.path, file.reason) }
    init(_ item: EvaluationData.Item, _ reason: String) { (file, self.reason) = (item.name, reason) }
  }

  /// Where the evidence for the predicted classes lies.
  struct Evidence: Encodable, Sendable {
    struct Groups: Encodable, Sendable {
      let all: BackgroundSummary?
      let right: BackgroundSummary?
      let wrong: BackgroundSummary?

      init(of records: [ImageRecord]) {
        func summary(_ group: OutcomeGroup) -> BackgroundSummary? {
          BackgroundSummary(of: records.filter(group.holds).compactMap(\.background))
        }
        all = summary(.all)
        right = summary(.right)
        wrong = summary(.wrong)
      }
    }

    struct Class: Encodable, Sendable {
      let index: Int
      let label: String
      let background: Groups
    }

    /// As a user writes it: `rise:masks=500`.
    let method: String
    let layers: [String]
    /// `estimated` or `drawn`.
    let objects: String
    let imagesWithoutObject: Int
    /// Images whose map has no positive evidence.
    let imagesWithoutEvidence: Int
    let background: Groups
    /// By the labelled class.
    let classes: [Class]

    private enum CodingKeys: String, CodingKey {
      case method, layers, objects, background, classes
      case imagesWithoutObject = "images_without_object"
      case imagesWithoutEvidence = "images_without_evidence"
    }
  }

  let gaze: String
  let model: Model
  let data: Source
  let results: ClassificationReport
  /// nil where nothing was explained.
  let evidence: Evidence?
  /// What the report drew of them; nil without one.
  private(set) var meanMaps: [MeanMapPicture]?
  /// nil where no picture was changed.
  let interventions: ShortcutRecord?
  /// In the order of the data; nil in the summary.
  private(set) var images: [ImageRecord]?

  /// The same images with their places in the data.
  let records: [(index: Int, record: ImageRecord)]
  let looks: [EvaluationAccount.Key: Looks]
  let labels: Labels
  /// The same as `interventions`, with pictures.
  let shortcuts: ShortcutReport?

  init(
    _ gathered: EvaluationAccount.State, of data: EvaluationData, skipped: [Skipped], by evaluator: ImageEvaluator,
    method: MethodText?, shortcuts: ShortcutReport? = nil
  ) {
    let classifier = evaluator.classifier
    gaze = gazeVersion
    self.shortcuts = shortcuts
    labels = classifier.labels
    interventions = shortcuts.map { ShortcutRecord($0, classifier.labels) }
    model = Model(classifier.manifest)
    self.data = Source(
      folders: data.folders, fingerprint: data.fingerprint, skipped: skipped,
      findings: data.findings, comparedWithTraining: data.lacksTraining ? false : nil,
      window: evaluator.window.map { [$0.low, $0.high] }, doubts: data.doubts)
    records = gathered.records.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    looks = gathered.looks
    let all = records.map(\.record)
    let results = ClassificationReport(of: all.map(\.outcome), labels: classifier.labels)
    self.results = results
    images = all
    let total = looks[EvaluationAccount.Key(classIndex: nil, group: .all)]
    evidence = evaluator.method.map { used in
      Evidence(
        method: method?.text ?? used.name,
        layers: used.usesLayer
          ? (evaluator.layers.isEmpty ? [classifier.network.targetLayer] : evaluator.layers) : [],
        objects: evaluator.masks == nil ? "estimated" : "drawn", imagesWithoutObject: total?.withoutObject ?? 0,
        imagesWithoutEvidence: total?.map.emptyCount ?? 0, background: Evidence.Groups(of: all),
        classes: results.classes.filter { $0.support > 0 }.map { scores in
          Evidence.Class(
            index: scores.index, label: scores.label,
            background: Evidence.Groups(of: all.filter { $0.labelled.label.index == scores.index }))
        })
    }
  }

  /// With the names of what was drawn.
  func illustrated(by entries: [Int: ReportEntry], _ drawn: [EvaluationAccount.Key: ReportLooks]) -> ModelEvaluation {
    var illustrated = self
    illustrated.images = records.map { index, record in
      var record = record
      record.pictures = entries[index].map {
        ImageRecord.Pictures(
          photograph: $0.photograph, predicted: $0.predicted.file, labelled: $0.labelled?.file)
      }
      return record
    }
    illustrated.meanMaps = drawn.map { MeanMapPicture(index: $0.classIndex, group: $0.group, $1) }
      .sorted { ($0.index ?? -1, $0.group) < ($1.index ?? -1, $1.group) }
    return illustrated
  }

  /// Without the images.
  var summary: ModelEvaluation {
    var summary = self
    summary.images = nil
    return summary
  }

  private enum CodingKeys: String, CodingKey {
    case gaze, model, data, results, evidence, interventions, images
    case meanMaps = "mean_maps"
  }
}

/// A drawn mean map, as `report.json` names it.
struct MeanMapPicture: Encodable, Sendable {
  /// The class that the images are labelled with; nil for all.
  let index: Int?
  /// `all`, `right` or `wrong`.
  let group: String
  let file: String
  let images: Int

  init(index: Int?, group: OutcomeGroup, _ looks: ReportLooks) {
    self.index = index
    self.group = group.rawValue
    (file, images) = (looks.file, looks.images)
  }
}
