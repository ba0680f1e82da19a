import Autodiff
import Models
import Networks
import Serving

/// What a network says of one image: the class with the greatest logit, of equals the first, and the probability of
/// each class; or the values.
struct PredictionRow: Encodable, Hashable, Sendable {
  let classIndex: Int
  let output: OutputKind
  /// One for each class.
  let numbers: [Float]

  enum CodingKeys: String, CodingKey {
    case classIndex = "CLASSES"
    case probabilities = "PROBABILITIES"
    case values = "VALUES"
  }

  init(_ scores: InstanceScores, by output: OutputKind) {
    classIndex = scores.logits.indexOfLargest ?? 0
    numbers = scores.numbers
    self.output = output
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    guard output.isProbability else {
      try container.encode(numbers, forKey: .values)
      return
    }
    try container.encode(classIndex, forKey: .classIndex)
    try container.encode(numbers, forKey: .probabilities)
  }
}

/// The same, by outputs; of at least one image.
struct PredictionColumns: Encodable {
  private let rows: [PredictionRow]

  init(_ rows: [PredictionRow]) { self.rows = rows }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: PredictionRow.CodingKeys.self)
    let numbers = rows.map(\.numbers)
    guard rows.allSatisfy(\.output.isProbability) else {
      try container.encode(numbers, forKey: .values)
      return
    }
    try container.encode(rows.map(\.classIndex), forKey: .classIndex)
    try container.encode(numbers, forKey: .probabilities)
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
      Entry(label: labels[$0].name, probability: scores.numbers[$0])
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries)
  }
}
