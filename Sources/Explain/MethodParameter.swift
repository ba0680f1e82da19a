import Models

/// A named value: a method's parameter, or what a method tells beside its map (completeness error, passes, residual).
package struct MethodParameter: Hashable, Sendable {
  /// In JSON the bare value. It is written only: JSON has no mark that tells the number 20 from the whole number 20.
  package enum Value: Hashable, Sendable, Encodable {
    case integer(Int)
    case number(Double)
    case text(String)
    case flag(Bool)

    /// As users write it, on the command line and in queries.
    package var text: String {
      switch self {
      case .integer(let value): String(value)
      case .number(let value): plainText(value)
      case .text(let value): value
      case .flag(let value): String(value)
      }
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .integer(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .flag(let value): try container.encode(value)
      }
    }
  }

  package let name: String
  package let value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

/// Named values as one JSON object.
struct NamedValues: Encodable, Hashable, Sendable {
  let values: [MethodParameter]

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    for parameter in values { try container.encode(parameter.value, forKey: AnyKey(parameter.name)) }
  }
}

/// What can be set of a method: name, kind with its range, default, and what it does.
package struct ParameterSpecification: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
  }

  package let name: String
  package let kind: Kind
  package let defaultValue: MethodParameter.Value
  package let help: String

  init(_ name: String, _ kind: Kind, default defaultValue: MethodParameter.Value, _ help: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.help = help
  }

  /// A choice among the cases of an enumeration.
  init<Choice: CaseIterable & RawRepresentable<String>>(_ name: String, default choice: Choice, _ help: String) {
    self.init(name, .choice(Choice.allCases.map { $0.rawValue }), default: .text(choice.rawValue), help)
  }

  /// The value that a text stands for; throws a sentence that says what would do.
  func parse(_ text: String) throws(AttributionError) -> MethodParameter.Value {
    switch kind {
    case .integer(let range):
      if let value = Int(text), range.contains(value) { return .integer(value) }
      throw .badParameter("'\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    case .number(let range):
      if let value = Double(text), range.contains(value) { return .number(value) }
      throw .badParameter("'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound).")
    case .choice(let choices):
      if choices.contains(text) { return .text(text) }
      throw .badParameter("'\(name)' must be one of \(choices.joined(separator: ", ")).")
    }
  }
}

/// Checked values for each of a method's parameters.
struct ParameterValues: Sendable {
  private var values: [String: MethodParameter.Value] = [:]

  subscript(name: String) -> MethodParameter.Value? {
    get { values[name] }
    set { values[name] = newValue }
  }

  func integer(_ name: String) -> Int {
    guard case .integer(let value) = values[name] else { preconditionFailure("There is no whole number '\(name)'") }
    return value
  }

  func number(_ name: String) -> Double {
    guard case .number(let value) = values[name] else { preconditionFailure("There is no number '\(name)'") }
    return value
  }

  func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice {
    guard case .text(let text) = values[name], let value = Choice(rawValue: text) else {
      preconditionFailure("There is no choice '\(name)'")
    }
    return value
  }
}
