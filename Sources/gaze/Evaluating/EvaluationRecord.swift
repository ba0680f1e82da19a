import Explain
import Networks

/// What was asked for, before any photograph was seen.
struct EvaluationRequest: Codable, Hashable, Sendable {
  let gaze: String
  let model: String
  let weightsSHA256: String
  /// nil where none is fitted.
  let temperature: Double?
  let methods: [String]
  let metrics: [String]
  let score: String
  let steps: Int
  let roadPercentages: [Int]
  let seed: UInt64
  /// `0,4095`; nil where samples are as stored.
  let window: String?

  private enum CodingKeys: String, CodingKey {
    case gaze, model, temperature, methods, metrics, score, steps, seed, window
    case weightsSHA256 = "weights_sha256"
    case roadPercentages = "road_percentages"
  }
}

/// A report with what it is of, as it stands in a file: the report's keys beside `prediction`, `source` and `request`.
/// Tables are always made from the files, so that a run in several parts gives the tables of one.
struct EvaluationRecord: Codable, Hashable, Sendable {
  let report: FaithfulnessReport
  let prediction: Prediction
  let provenance: Provenance<EvaluationRequest>

  var maps: [FaithfulnessReport.Measurements] { report.maps }

  init(_ report: FaithfulnessReport, _ prediction: Prediction, _ provenance: Provenance<EvaluationRequest>) {
    self.report = report
    self.prediction = prediction.withoutWordNetID
    self.provenance = provenance
  }

  private enum CodingKeys: String, CodingKey {
    case prediction
  }

  init(from decoder: any Decoder) throws {
    report = try FaithfulnessReport(from: decoder)
    prediction = try decoder.container(keyedBy: CodingKeys.self).decode(Prediction.self, forKey: .prediction)
    provenance = try Provenance(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    try provenance.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(prediction, forKey: .prediction)
  }
}

extension Prediction {
  /// As reports of evaluations have it: they name classes by index and label alone.
  var withoutWordNetID: Prediction {
    Prediction(
      label: ClassLabel(index: label.index, name: label.name), logit: logit, number: number)
  }
}
