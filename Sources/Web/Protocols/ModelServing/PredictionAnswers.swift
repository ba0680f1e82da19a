import Autodiff
import Networks
import Serving

/// What a network says of one image.
struct PredictionRow: Encodable, Hashable, Sendable {
  /// The class with the greatest logit; of equals the first.
  let classIndex: Int
  /// One for each class.
  let probabilities: [Float]

  enum CodingKeys: String, CodingKey {
    case classIndex = "CLASSES"
    case probabilities = "PROBABILITIES"
  }

  init(_ scores: InstanceScores) {
    classIndex = scores.logits.indexOfLargest ?? 0
    probabilities = scores.probabilities
  }
}

/// The same, by outputs.
struct PredictionColumns: Encodable {
  let classes: [Int]
  let probabilities: [[Float]]

  enum CodingKeys: String, CodingKey {
    case classes = "CLASSES"
    case probabilities = "PROBABILITIES"
  }

  init(_ rows: [PredictionRow]) {
    classes = rows.map(\.classIndex)
    probabilities = rows.map(\.probabilities)
  }
}

/// The most likely classes of one image, by falling probability: `[["tabby", 0.42], …]`.
struct Classification: Encodable {
  private struct Entry: Encodable {
    let label: String
    let probability: Float

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(label)
      try container.encode(probability)
    }
  }

  private let entries: [Entry]

  init(_ scores: InstanceScores, _ count: Int, _ labels: Labels) {
    entries = scores.logits.indices(ofLargest: count).map {
      Entry(label: labels[$0].name, probability: scores.probabilities[$0])
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries)
  }
}
