/// A JSON text, read whole: what a receipt, or a line of a log, says.
package enum JSONTree: Hashable, Sendable {
  case null
  case flag(Bool)
  /// Numbers are IEEE 754 doubles, as in RFC 8785.
  case number(Double)
  case text(String)
  case list([JSONTree])
  case object([String: JSONTree])

  /// The member of this name; nil where there is none, or where this is no object.
  package subscript(name: String) -> JSONTree? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  package var text: String? { if case .text(let text) = self { text } else { nil } }

  package var list: [JSONTree]? { if case .list(let list) = self { list } else { nil } }

  package var number: Double? { if case .number(let number) = self { number } else { nil } }

  package var isObject: Bool { if case .object = self { true } else { false } }

  /// A number without a fraction.
  package var whole: Int? { number.flatMap { Int(exactly: $0) } }

  /// The object without some of its members.
  package func without(_ names: Set<String>) -> JSONTree {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !names.contains($0.key) })
  }
}

extension JSONTree: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) { self = .text(text) }
}
