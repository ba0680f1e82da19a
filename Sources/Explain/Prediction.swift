package import Networks

/// What the network says of one class.
package struct Prediction: Hashable, Sendable {
  package let label: ClassLabel
  package let logit: Float
  package let number: Number

  /// What the class is told by; see `OutputKind`.
  package enum Number: Hashable, Sendable {
    case probability(Float)
    /// The logit itself, in this unit where one is known.
    case value(Float, unit: String?)
  }

  package init(label: ClassLabel, logit: Float, number: Number) {
    self.label = label
    self.logit = logit
    self.number = number
  }

  package init(label: ClassLabel, logit: Float, probability: Float) {
    self.init(label: label, logit: logit, number: .probability(probability))
  }

  /// nil of a value.
  package var probability: Float? {
    guard case .probability(let probability) = number else { return nil }
    return probability
  }
}

/// In JSON one object with the label's keys: `index`, `wnid` (left out where there is none), `label`, `logit`, and
/// `probability` or `value` with its `unit` (left out where there is none).
extension Prediction: Codable {
  private enum CodingKeys: String, CodingKey {
    case logit, probability, value, unit
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let value = try container.decodeIfPresent(Float.self, forKey: .value)
    let unit = try container.decodeIfPresent(String.self, forKey: .unit)
    self.init(
      label: try ClassLabel(from: decoder), logit: try container.decode(Float.self, forKey: .logit),
      number: try value.map { .value($0, unit: unit) }
        ?? .probability(container.decode(Float.self, forKey: .probability)))
  }

  package func encode(to encoder: any Encoder) throws {
    try label.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(logit, forKey: .logit)
    switch number {
    case .probability(let probability): try container.encode(probability, forKey: .probability)
    case .value(let value, let unit):
      try container.encode(value, forKey: .value)
      try container.encodeIfPresent(unit, forKey: .unit)
    }
  }
}
