import Web

/// Markup. Text that is put into it is escaped, other markup is not: `"<td>\(name)</td>"` is safe whatever the name.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  static let empty: HTML = ""

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Markup that was made elsewhere and is whole in itself, such as an SVG of ours.
  init(markup text: String) { self.text = text }

  static func + (one: HTML, other: HTML) -> HTML { HTML(markup: one.text + other.text) }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { text += value.escapedForHTML }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
    mutating func appendInterpolation(_ value: HTML) { text += value.text }
    mutating func appendInterpolation(_ values: [HTML]) { for value in values { text += value.text } }
  }
}
