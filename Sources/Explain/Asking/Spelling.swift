/// How a face writes fields, so that a message about one reads right wherever it is read.
package enum Spelling: Hashable, Sendable {
  /// Queries, forms and JSON bodies: `shared_with`, `range=shared`.
  case query
  /// Options: `--shared-with`, `--range shared`.
  case commandLine

  /// A field as it stands in a sentence.
  package func name(_ field: String) -> String {
    switch self {
    case .query: "'\(field)'"
    case .commandLine: "--" + option(field)
    }
  }

  func name(_ field: AskField) -> String {
    switch (self, field) {
    case (.commandLine, .classes): name(AskField.class.rawValue)
    case (.commandLine, .methods): name(AskField.method.rawValue)
    default: name(field.rawValue)
    }
  }

  /// A field with a value.
  func setting(_ field: AskField, _ value: String) -> String {
    switch self {
    case .query: "\(field.rawValue)=\(value)"
    case .commandLine:
      switch value {
      case "true": "--" + option(field.rawValue)
      case "false": "--no-" + option(field.rawValue)
      default: "--\(option(field.rawValue)) \(value)"
      }
    }
  }

  /// How several classes are asked for.
  var severalClasses: String {
    switch self {
    case .query: "classes=281,282"
    case .commandLine: "--class 281 --class 282"
    }
  }

  private func option(_ field: String) -> String { String(field.map { $0 == "_" ? "-" : $0 }) }
}
