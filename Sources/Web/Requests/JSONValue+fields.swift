import JSON

extension JSONValue {
  /// The members of an object as the fields of a query; nil of what is no object of texts, numbers, truth values and
  /// lists of them. A member that is `null` says nothing.
  var fields: [(name: String, value: String)]? {
    guard case .object(let members) = self else { return nil }
    var fields: [(name: String, value: String)] = []
    for member in members {
      if case .null = member.value { continue }
      guard let text = member.value.fieldText else { return nil }
      fields.append((member.name, text))
    }
    return fields
  }

  /// As a query writes it: a list is comma-separated.
  private var fieldText: String? {
    switch self {
    case .bool(let flag): return String(flag)
    case .number(let text): return Self.plain(text)
    case .string(let string): return string.text
    case .list(let values):
      let texts = values.compactMap(\.fieldText)
      return texts.count == values.count ? texts.joined(separator: ",") : nil
    case .null, .object: return nil
    }
  }

  /// A whole number without its fraction: some clients write every number as 281.0.
  private static func plain(_ text: String) -> String? {
    guard Int(text) == nil, let number = Double(text) else { return text }
    guard number.isFinite else { return nil }
    return abs(number) < 0x1p53 ? Int(exactly: number).map(String.init) ?? String(number) : String(number)
  }
}
