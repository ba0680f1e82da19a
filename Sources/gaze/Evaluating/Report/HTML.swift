/// Markup. Texts that are put into it are escaped, other markup is not: `"<td>\(name)</td>"` is safe whatever the name.
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
    mutating func appendInterpolation(_ value: String) { text += escaped(value) }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
    mutating func appendInterpolation(_ value: HTML) { text += value.text }
    mutating func appendInterpolation(_ values: [HTML]) { for value in values { text += value.text } }
  }
}

/// As text or as the value of an attribute in quotation marks, by Unicode scalar: a quotation mark with a combining accent is another
/// character than a quotation mark, and would pass. Control characters and halves of text direction, which could show a name as another,
/// become
/// U+FFFD.
private func escaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "'": result.append(contentsOf: "&#39;".unicodeScalars)
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result.append("\u{FFFD}")
    case "\0"..<" ", "\u{7F}"..."\u{9F}": result.append(scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}
