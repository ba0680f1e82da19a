import Models

/// One random change of a picture: what is done, how often, and between which bounds what it needs is drawn.
///
/// In JSON: `{"step": "rotation", "probability": 0.5, "degrees": [-15, 15]}`. The probability is 1 where it is left
/// out; one number instead of two bounds is always taken.
package struct AugmentationStep: Hashable, Sendable {
  package let kind: Kind
  /// That the step is done to a picture.
  package let probability: Double
  /// For each of the kind's parameters, in its order.
  package let ranges: [ClosedRange<Double>]

  /// - Parameter ranges: one for each parameter of the kind, by its name and within its limits.
  package init(
    _ kind: Kind, probability: Double = 1, _ ranges: [String: ClosedRange<Double>] = [:]
  ) throws(AugmentationError) {
    guard (0...1).contains(probability) else { throw .probability(step: kind.rawValue, value: probability) }
    let known = kind.parameters
    if let stranger = ranges.keys.sorted().first(where: { name in !known.contains { $0.name == name } }) {
      throw .unknownParameter(step: kind.rawValue, name: stranger, known: known.map(\.name))
    }
    var ordered: [ClosedRange<Double>] = []
    for parameter in known {
      guard let range = ranges[parameter.name] else {
        throw .missingParameter(step: kind.rawValue, name: parameter.name)
      }
      guard parameter.limits.contains(range.lowerBound), parameter.limits.contains(range.upperBound) else {
        throw .range(step: kind.rawValue, name: parameter.name, range: range, limits: parameter.limits)
      }
      ordered.append(range)
    }
    self.kind = kind
    self.probability = probability
    self.ranges = ordered
  }
}

extension AugmentationStep: Codable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: AnyKey.self)
    let name = try values.decode(String.self, forKey: AnyKey("step"))
    guard let kind = Kind(rawValue: name) else {
      throw AugmentationError.unknownStep(name: name, known: Kind.allCases.map(\.rawValue))
    }
    var named: [String: ClosedRange<Double>] = [:]
    for key in values.allKeys where key.stringValue != "step" && key.stringValue != "probability" {
      let bounds: [Double]
      if let single = try? values.decode(Double.self, forKey: key) {
        bounds = [single, single]
      } else if let pair = try? values.decode([Double].self, forKey: key) {
        bounds = pair
      } else {
        throw AugmentationError.noRange(step: name, name: key.stringValue)
      }
      guard bounds.count == 2, bounds[0] <= bounds[1] else {
        throw AugmentationError.noRange(step: name, name: key.stringValue)
      }
      named[key.stringValue] = bounds[0]...bounds[1]
    }
    try self.init(
      kind, probability: try values.decodeIfPresent(Double.self, forKey: AnyKey("probability")) ?? 1, named)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: AnyKey.self)
    try values.encode(kind.rawValue, forKey: AnyKey("step"))
    if probability != 1 { try values.encode(probability, forKey: AnyKey("probability")) }
    for (parameter, range) in zip(kind.parameters, ranges) {
      if range.lowerBound == range.upperBound {
        try values.encode(range.lowerBound, forKey: AnyKey(parameter.name))
      } else {
        try values.encode([range.lowerBound, range.upperBound], forKey: AnyKey(parameter.name))
      }
    }
  }
}

/// Why an augmentation cannot be used, in a sentence that says what would work.
package enum AugmentationError: Error, Hashable, Sendable {
  case unknownStep(name: String, known: [String])
  case unknownParameter(step: String, name: String, known: [String])
  case missingParameter(step: String, name: String)
  /// Neither a number nor two in order.
  case noRange(step: String, name: String)
  case range(step: String, name: String, range: ClosedRange<Double>, limits: ClosedRange<Double>)
  case probability(step: String, value: Double)
  case unknownBorder(name: String, known: [String])
}

extension AugmentationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownStep(let name, let known):
      "There is no augmentation step '\(name)'. There are: \(known.joined(separator: ", "))."
    case .unknownParameter(let step, let name, let known):
      "The augmentation step '\(step)' has no '\(name)'. It takes \((["probability"] + known).joined(separator: ", "))."
    case .missingParameter(let step, let name):
      "The augmentation step '\(step)' lacks '\(name)': give two bounds, as in \"\(name)\": [a, b], or one number."
    case .noRange(let step, let name):
      "'\(name)' of the augmentation step '\(step)' is no range: give two bounds, the smaller first, or one number."
    case .range(let step, let name, let range, let limits):
      "'\(name)' of the augmentation step '\(step)' reaches from \(range.lowerBound) to \(range.upperBound); it may lie "
        + "between \(limits.lowerBound) and \(limits.upperBound)."
    case .probability(let step, let value):
      "The probability of the augmentation step '\(step)' is \(value); it may lie between 0 and 1."
    case .unknownBorder(let name, let known):
      "There is no border '\(name)'. There are: \(known.joined(separator: ", "))."
    }
  }
}
