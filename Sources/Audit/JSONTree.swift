import Foundation
package import JSON

/// A JSON text, read whole: what a receipt, or a line of a log, says. Strict after RFC 8259: two readers of a signed
/// text must not see two things in it.
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

extension JSONTree {
  /// Values of one text: a map of a million numbers has fewer.
  static let maximumValues = 4_000_000

  package init(parsing text: some Collection<UInt8>) throws(JSONError) {
    let bytes = Array(text)
    guard bytes.first != 0xEF else { throw JSONError(offset: 0, reason: "there is no value") }
    self = try JSONTree(JSONValue(bytes, maximumValues: Self.maximumValues))
  }

  private init(_ value: JSONValue) throws(JSONError) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .flag(flag)
    case .number(let text):
      guard let number = Double(text), number.isFinite else {
        throw JSONError(offset: 0, reason: "no double can hold the number \(text)")
      }
      self = .number(number)
    case .string(let string):
      guard let text = string.text else {
        throw JSONError(offset: string.raw.startIndex, reason: "a text is not UTF-8, or its escapes or signs are none")
      }
      self = .text(text)
    case .list(let values):
      var list: [JSONTree] = []
      list.reserveCapacity(values.count)
      for value in values { list.append(try JSONTree(value)) }
      self = .list(list)
    case .object(let members):
      var object: [String: JSONTree] = [:]
      for member in members { object[member.name] = try JSONTree(member.value) }
      self = .object(object)
    }
  }

  /// A value, as `Encodable` writes it.
  package init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    self = try JSONTree(parsing: try encoder.encode(value))
  }
}
