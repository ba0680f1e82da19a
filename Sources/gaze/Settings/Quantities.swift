/// A time as people write it: `20s`, `75ms`, `5min`, `1h`, `2d`; a number alone is seconds.
enum DurationText {
  private static let units = [
    ("ms", 1.0), ("s", 1000), ("min", 60_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// To the millisecond; nil where it is none.
  static func read(_ text: String) -> Duration? {
    guard let milliseconds = quantity(text, units, alone: 1000), abs(milliseconds) < 1e15 else { return nil }
    return .milliseconds(Int(milliseconds.rounded()))
  }

  static func written(_ duration: Duration) -> String {
    let milliseconds = Int(duration / .milliseconds(1))
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
  }
}

/// A size as people write it: `64KB`, `32MB`, `2GB` (also `KiB` and so on), in steps of 1024; a number alone is
/// megabytes.
enum SizeText {
  private static let letters = ["", "K", "M", "G", "T"]
  private static let units = letters.enumerated().flatMap { power, letter -> [(name: String, factor: Double)] in
    let factor = Double(1 << (10 * power))
    return [letter.lowercased() + "b", letter.lowercased() + "ib"].map { ($0, factor) }
  }

  /// In bytes; nil where it is none.
  static func read(_ text: String) -> Int? {
    guard let bytes = quantity(text.lowercased(), units, alone: 1_048_576), abs(bytes) < 1e15 else { return nil }
    return Int(bytes.rounded())
  }

  static func written(_ bytes: Int) -> String {
    let power = bytes == 0 ? 0 : min(bytes.trailingZeroBitCount / 10, letters.count - 1)
    return "\(bytes >> (10 * power))\(letters[power])B"
  }
}

/// A number and a unit, with or without a blank between; nil where the text is not that.
private func quantity(_ text: String, _ units: [(name: String, factor: Double)], alone: Double) -> Double? {
  let digits = text.prefix { "-.0123456789".contains($0) }
  let name = text.dropFirst(digits.count).drop { $0 == " " }
  guard let number = Double(digits) else { return nil }
  if name.isEmpty { return number * alone }
  return units.first { $0.name == name }.map { number * $0.factor }
}
