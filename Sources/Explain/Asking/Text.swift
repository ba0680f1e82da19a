import Glibc

extension String {
  /// At most 60 characters, for repeating in a message what was asked for.
  package func abbreviated() -> String {
    // Counting the characters of a long text would take as long as the text is.
    guard utf8.count > 60, let end = index(startIndex, offsetBy: 60, limitedBy: endIndex), end < endIndex else {
      return self
    }
    return self[..<index(before: end)] + "…"
  }
}

extension StringProtocol {
  /// Without blanks and tabs at its ends, which HTTP calls optional white space.
  package func trimmed() -> String {
    var rest = self[...]
    while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
    return String(rest)
  }
}

/// A number as people write it: without a fraction where it has none.
func plainText(_ number: Double) -> String { Int(exactly: number).map { String($0) } ?? String(number) }

/// Four significant digits: 41.2537 is 41.25.
package func significantText(_ number: Float) -> String {
  guard number != 0, number.isFinite else { return plainText(Double(number)) }
  let digits = Double(3 - Int(log10(abs(Double(number))).rounded(.down)))
  // Divided by a power of ten rather than multiplied by its inverse, so that the shortest text has those digits.
  return digits >= 0
    ? plainText((Double(number) * pow(10, digits)).rounded() / pow(10, digits))
    : plainText((Double(number) / pow(10, -digits)).rounded() * pow(10, -digits))
}
