extension JSONTree {
  /// The one text that stands for this value, whoever writes it: the JSON Canonicalization Scheme, RFC 8785. Members in
  /// the order of their names' UTF-16 code units, no blanks, numbers and escapes as ECMAScript writes them.
  package var canonical: [UInt8] {
    var text: [UInt8] = []
    write(to: &text)
    return text
  }

  private func write(to text: inout [UInt8]) {
    switch self {
    case .null: text += "null".utf8
    case .flag(let value): text += (value ? "true" : "false").utf8
    case .number(let value): text += canonicalNumber(value).utf8
    case .text(let value): Self.write(value, to: &text)
    case .list(let elements):
      text.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        element.write(to: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &text)
        text.append(UInt8(ascii: ":"))
        member.value.write(to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ string: String, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): text += #"\""#.utf8
      case UInt8(ascii: "\\"): text += #"\\"#.utf8
      case 0x08: text += #"\b"#.utf8
      case 0x09: text += #"\t"#.utf8
      case 0x0A: text += #"\n"#.utf8
      case 0x0C: text += #"\f"#.utf8
      case 0x0D: text += #"\r"#.utf8
      case ..<0x20: text += ((byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16)).utf8
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}

/// A finite number as ECMAScript's `Number::toString` writes it: the fewest digits that read back as the same number,
/// with an exponent below 1e-6 and from 1e21 on.
private func canonicalNumber(_ value: Double) -> String {
  if value == 0 { return "0" }
  // Swift finds the same digits; only where the point and the exponent stand differs.
  let parts = value.magnitude.description.split(separator: "e")
  let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  var digits = mantissa.joined()
  // The value is 0.DIGITS times ten to this.
  var exponent = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
  let leading = digits.prefix { $0 == "0" }.count
  digits.removeFirst(leading)
  exponent -= leading
  while digits.hasSuffix("0") { digits.removeLast() }

  let count = digits.count
  let text: String
  switch exponent {
  case count...21: text = digits + String(repeating: "0", count: exponent - count)
  case 1...21: text = "\(digits.prefix(exponent)).\(digits.dropFirst(exponent))"
  case -5...0: text = "0." + String(repeating: "0", count: -exponent) + digits
  default:
    let fraction = count > 1 ? ".\(digits.dropFirst())" : ""
    text = "\(digits.prefix(1))\(fraction)e\(exponent > 0 ? "+" : "-")\(abs(exponent - 1))"
  }
  return (value < 0 ? "-" : "") + text
}
