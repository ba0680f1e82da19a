/// The name of a kept analysis: the start of the replica that keeps it and 128 random bits, in addresses
/// `START.RANDOM` with 32 hexadecimal digits for the latter. Who does not know them cannot guess them.
package struct AnalysisID: Hashable, Sendable, LosslessStringConvertible {
  package let start: ReplicaStart
  private let high: UInt64
  private let low: UInt64

  static func random(in start: ReplicaStart) -> AnalysisID {
    var generator = SystemRandomNumberGenerator()
    return AnalysisID(start: start, high: generator.next(), low: generator.next())
  }

  private init(start: ReplicaStart, high: UInt64, low: UInt64) {
    self.start = start
    self.high = high
    self.low = low
  }

  /// Nil unless the text is a start, a point, and 32 lower-case hexadecimal digits.
  package init?(_ text: String) {
    guard let point = text.lastIndex(of: "."), let start = ReplicaStart(String(text[..<point])) else { return nil }
    let digits = text[text.index(after: point)...]
    guard digits.utf8.count == 32, let high: UInt64 = readHexadecimal(digits.prefix(16)),
      let low: UInt64 = readHexadecimal(digits.dropFirst(16))
    else { return nil }
    self.init(start: start, high: high, low: low)
  }

  package var description: String { "\(start).\(writtenHexadecimal(high))\(writtenHexadecimal(low))" }
}

/// A number of all its hexadecimal digits, in lower case; nil if the text is none.
func readHexadecimal<Number: FixedWidthInteger>(_ text: some StringProtocol) -> Number? {
  let digits = text.utf8
  guard digits.count == Number.bitWidth / 4,
    digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
  else { return nil }
  return Number(text, radix: 16)
}

/// A number as `readHexadecimal` reads it.
func writtenHexadecimal(_ number: some FixedWidthInteger) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: number.bitWidth / 8 * 2 - digits.count) + digits
}
