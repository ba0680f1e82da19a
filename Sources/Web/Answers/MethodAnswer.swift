import Explain

/// The JSON of `GET /api/methods`.
struct MethodListAnswer: Encodable {
  let defaultMethod: String
  let methods: [MethodAnswer]

  enum CodingKeys: String, CodingKey {
    case methods
    case defaultMethod = "default"
  }
}

/// The JSON of a method.
struct MethodAnswer: Encodable {
  let name: String
  let title: String
  let family: String
  let summary: String
  let usesLayer: Bool
  let parameters: [ParameterAnswer]

  enum CodingKeys: String, CodingKey {
    case name, title, family, summary, parameters
    case usesLayer = "uses_layer"
  }

  init(_ entry: MethodCatalog.Entry) throws {
    name = entry.name
    title = entry.title
    family = entry.family.rawValue
    summary = entry.summary
    usesLayer = try MethodCatalog.method(named: entry.name).usesLayer
    parameters = entry.parameters.map(ParameterAnswer.init)
  }
}

/// What can be set of a method.
struct ParameterAnswer: Encodable {
  let name: String
  /// `integer`, `number` or `choice`.
  let kind: String
  let minimum: Double?
  let maximum: Double?
  let choices: [String]?
  let standard: MethodParameter.Value
  let help: String

  enum CodingKeys: String, CodingKey {
    case name, kind, choices, help
    case minimum = "min"
    case maximum = "max"
    case standard = "default"
  }

  init(_ specification: ParameterSpecification) {
    name = specification.name
    standard = specification.defaultValue
    help = specification.help
    switch specification.kind {
    case .integer(let range):
      (kind, choices, minimum, maximum) = ("integer", nil, Double(range.lowerBound), Double(range.upperBound))
    case .number(let range):
      (kind, choices, minimum, maximum) = ("number", nil, range.lowerBound, range.upperBound)
    case .choice(let names): (kind, choices, minimum, maximum) = ("choice", names, nil, nil)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(kind, forKey: .kind)
    try container.encodeIfPresent(minimum, forKey: .minimum)
    try container.encodeIfPresent(maximum, forKey: .maximum)
    try container.encodeIfPresent(choices, forKey: .choices)
    try container.encode(help, forKey: .help)
    try container.encode(standard, forKey: .standard)
  }
}
