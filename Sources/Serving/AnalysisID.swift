/// The name of a kept analysis: 128 random bits, in addresses 32 hexadecimal digits. Who does not know it cannot guess
/// it.
package struct AnalysisID: Hashable, Sendable, LosslessStringConvertible {
  private let high: UInt64
  private let low: UInt64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  static func random() -> AnalysisID {
    var generator = SystemRandomNumberGenerator()
    return AnalysisID(high: generator.next(), low: generator.next())
  }

  /// Nil unless the text is 32 lower-case hexadecimal digits.
  package init?(_ text: String) {
    let digits = text.utf8
    guard digits.count == 32, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  package var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
