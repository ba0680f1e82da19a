/// A text that users wrote, as part of a line of text: shown from its own beginning to its own end, whatever direction
/// it has and whatever marks of direction it holds.
package func isolated(_ text: String) -> String {
  let own = String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0 == firstStrongIsolate || $0 == popIsolate ? replacement : $0 }))
  var result = String.UnicodeScalarView()
  result.append(firstStrongIsolate)
  result.append(contentsOf: own.unicodeScalars)
  result.append(popIsolate)
  return String(result)
}

private let firstStrongIsolate: Unicode.Scalar = "\u{2068}"
private let popIsolate: Unicode.Scalar = "\u{2069}"
private let replacement: Unicode.Scalar = "\u{FFFD}"

/// More would not be read, and takes long to set.
private let mostCharacters = 400
/// Marks beyond these on one letter would pile up over half of the picture.
private let mostScalars = 16

/// The text as one line that can be drawn: line breaks and tabs are spaces; other control characters, and those that
/// turn the direction of what comes after them, are shown as U+FFFD.
func printable(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for character in text.prefix(mostCharacters) {
    for scalar in character.unicodeScalars.prefix(mostScalars) {
      switch scalar {
      case "\t", "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}":
        if result.last != " " { result.append(" ") }
      case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}", "\u{2067}", "\u{FFFE}", "\u{FFFF}":
        result.append(replacement)
      default: result.append(scalar)
      }
    }
  }
  if text.dropFirst(mostCharacters).first != nil { result.append("…") }
  return String(result)
}
