import Explain
import Networks

/// What was asked for, before any photograph was seen.
struct EvaluationRequest: Codable, Hashable, Sendable {
  let gaze: String
  let model: String
  let weightsSHA256: String
  let methods: [String]
  let metrics: [String]
  let score: String
  let steps: Int
  let roadPercentages: [Int]
  let seed: UInt64

  private enum CodingKeys: String, CodingKey {
    case gaze, model, methods, metrics, score, steps, seed
    case weightsSHA256 = "weights_sha256"
    case roadPercentages = "road_percentages"
  }
}

/// A report with what it is of, as it is written: the report's keys beside `source` and `request`.
struct EvaluationRecord: Encodable {
  let report: FaithfulnessReport
  let prediction: ExplainedClass
  let provenance: Provenance<EvaluationRequest>

  private enum CodingKeys: String, CodingKey {
    case prediction
  }

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    try provenance.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(prediction, forKey: .prediction)
  }
}

/// A class and what the network says of it: the one that was explained, answered, or labelled.
struct ExplainedClass: Codable, Hashable, Sendable {
  let index: Int
  let label: String
  let logit: Float
  let probability: Float

  init(_ prediction: Prediction) {
    index = prediction.label.index
    label = prediction.label.name
    logit = prediction.logit
    probability = prediction.probability
  }
}

/// What the tables need of a report, read back: tables are always made from the files, so that a run in several parts gives the tables of one.
struct StoredReport: Decodable, Hashable, Sendable {
  struct Curve: Decodable, Hashable, Sendable {
    let auc: Double
    let fractions: [Double]
    let scores: [Double]
  }

  struct Road: Decodable, Hashable, Sendable {
    let combined: Double
    let mostRelevantChange: Double
    let leastRelevantChange: Double

    private enum CodingKeys: String, CodingKey {
      case combined
      case mostRelevantChange = "morf_change"
      case leastRelevantChange = "lerf_change"
    }
  }

  struct Confidence: Decodable, Hashable, Sendable {
    let drop: Double
    let increase: Bool
    let gain: Double
  }

  struct Sensitivity: Decodable, Hashable, Sendable {
    let maximum: Double
  }

  struct Randomisation: Decodable, Hashable, Sendable {
    struct Step: Decodable, Hashable, Sendable {
      /// nil where a map was flat.
      let spearman: Double?
    }
    let steps: [Step]
  }

  struct Map: Decodable, Hashable, Sendable {
    let name: String
    let control: Bool
    let deletion: Curve?
    let insertion: Curve?
    let road: Road?
    let confidence: Confidence?
    let sensitivity: Sensitivity?
    let randomisation: Randomisation?
  }

  let source: Source
  let prediction: ExplainedClass
  let maps: [Map]
}
