/// Reads the JSON of a safetensors header from front to back: the caller asks for what the format wants next, anything
/// else is an error. There is no tree, so nothing can be nested deeper than the caller asks, no memory beyond the
/// strings asked for, and every key is seen, repeated ones too (Foundation's parser drops those silently).
///
/// Strict after RFC 8259: no comments, no trailing commas, UTF-8 only. Numbers are unsigned integers without fraction
/// or exponent, which is all that the format has.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// - Precondition: the scanner does not outlive `bytes`.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next key of an object; nil after the last one. `isFirst` is true on entry and afterwards false.
  ///
  ///     var isFirst = true
  ///     while let key = try scanner.key(&isFirst) { /* read the value */ }
  mutating func key(_ isFirst: inout Bool) throws(WeightFileError) -> String? {
    guard try next(&isFirst, open: "{", close: "}", .object, .commaOrBrace) else { return nil }
    let key = try string()
    if !accept(":") { throw mismatch(.colon) }
    return key
  }

  /// Whether an array has a further element; to be used as `key(_:)`.
  mutating func element(_ isFirst: inout Bool) throws(WeightFileError) -> Bool {
    try next(&isFirst, open: "[", close: "]", .array, .commaOrBracket)
  }

  /// Throws unless only blanks are left.
  mutating func end() throws(WeightFileError) {
    skipBlanks()
    if position < bytes.count { throw mismatch(.end) }
  }

  mutating func unsignedInteger() throws(WeightFileError) -> Int {
    skipBlanks()
    let start = position
    var value = 0
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, tensOverflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, sumOverflow) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if tensOverflow || sumOverflow { throw mismatch(.unsignedInteger, at: start) }
      value = sum
      position += 1
    }
    let hasLeadingZero = position - start > 1 && bytes[start] == UInt8(ascii: "0")
    let isFraction = current.map { ".eE".utf8.contains($0) } ?? false
    if position == start || hasLeadingZero || isFraction {
      throw mismatch(.unsignedInteger, at: start)
    }
    return value
  }

  mutating func string() throws(WeightFileError) -> String {
    if !accept("\"") { throw mismatch(.string) }
    let start = position
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw mismatch(.validText, at: start)
        }
        return string
      case UInt8(ascii: "\\"): text += String(try escaped()).utf8
      case ..<0x20: throw mismatch(.validText, at: position - 1)
      default: text.append(byte)
      }
    }
    throw mismatch(.stringEnd)
  }

  // MARK: - Pieces

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func mismatch(_ expected: JSONMismatch.Expected, at offset: Int? = nil) -> WeightFileError {
    .safetensors(.json(JSONMismatch(expected: expected, offset: offset ?? position)))
  }

  private mutating func skipBlanks() {
    while let byte = current, " \t\r\n".utf8.contains(byte) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func next(
    _ isFirst: inout Bool, open: Unicode.Scalar, close: Unicode.Scalar, _ start: JSONMismatch.Expected,
    _ separator: JSONMismatch.Expected
  ) throws(WeightFileError) -> Bool {
    if isFirst {
      isFirst = false
      if !accept(open) { throw mismatch(start) }
      return !accept(close)
    }
    if accept(close) { return false }
    if !accept(",") { throw mismatch(separator) }
    return true
  }

  /// The character that the escape sequence after a backslash stands for.
  private mutating func escaped() throws(WeightFileError) -> Unicode.Scalar {
    let start = position - 1
    defer { position += 1 }
    switch current {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      // Characters beyond the basic plane are two escapes: a high and a low surrogate (UTF-16).
      let first = hexadecimalDigits(at: position + 1)
      position += 4
      if let first, let scalar = Unicode.Scalar(first) { return scalar }
      if let first, (0xD800..<0xDC00).contains(first), position + 2 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "\\"),
        bytes[position + 2] == UInt8(ascii: "u"), let second = hexadecimalDigits(at: position + 3),
        (0xDC00..<0xE000).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
      {
        position += 6
        return scalar
      }
    default: break
    }
    throw mismatch(.validEscape, at: start)
  }

  private func hexadecimalDigits(at offset: Int) -> UInt16? {
    guard offset + 4 <= bytes.count else { return nil }
    var value: UInt16 = 0
    for byte in bytes[offset..<offset + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}

/// What a JSON text should have had, and where.
package struct JSONMismatch: Hashable, Sendable {
  package enum Expected: String, Sendable {
    case object = "“{”"
    case array = "“[”"
    case colon = "“:”"
    case commaOrBrace = "“,” or “}”"
    case commaOrBracket = "“,” or “]”"
    case string = "a string"
    case stringEnd = "the end of a string"
    case validEscape = "a valid escape sequence"
    case validText = "UTF-8 without control characters"
    case unsignedInteger = "an unsigned integer below 2^63"
    case end = "nothing but blanks"
  }

  package let expected: Expected
  /// In bytes from the start of the JSON text.
  package let offset: Int
}
