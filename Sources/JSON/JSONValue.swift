import Glibc

/// A JSON text as values, read in one pass over its bytes.
///
/// Made for bodies of megabytes from strangers: strings stay slices of the body until somebody asks for them, the depth
/// and the number of values are bounded, and a member that stands twice is refused, since one of the two would be
/// passed over.
///
/// Source: RFC 8259. Beyond it a byte order mark is skipped, and strings may hold line breaks and tabs as they are:
/// whoever pastes the output of `base64` into a body sends such.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// As it was written.
  case number(String)
  case string(JSONString)
  case list([JSONValue])
  case object([Member])

  package struct Member: Sendable {
    package let name: String
    package let value: JSONValue
  }

  /// Most values of one text, unless its reader expects arrays of numbers.
  package static let maximumValues = 1 << 16

  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - maximumValues: how many values there may be, with those inside others.
  package init(_ bytes: [UInt8], maximumValues: Int = Self.maximumValues) throws(JSONError) {
    try self.init(bytes[...], maximumValues: maximumValues)
  }

  package init(_ bytes: ArraySlice<UInt8>, maximumValues: Int = Self.maximumValues) throws(JSONError) {
    var parser = JSONParser(bytes, maximumValues: maximumValues)
    self = try parser.text()
  }
}

/// Why a text is not taken as JSON.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  /// Bytes before the one that is at fault.
  package let offset: Int
  package let reason: String

  package init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  package var description: String { "\(reason) at byte \(offset)" }
}

/// A string of a JSON text, as it stands there.
package struct JSONString: Sendable {
  /// Between the quotes.
  package let raw: ArraySlice<UInt8>

  /// With its escapes resolved; nil where one of them is none.
  package var bytes: ArraySlice<UInt8>? {
    guard raw.contains(UInt8(ascii: "\\")) else { return raw }
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var rest = raw
    while let mark = rest.firstIndex(of: UInt8(ascii: "\\")) {
      result += rest[..<mark]
      rest = rest[(mark + 1)...]
      guard Self.resolve(&rest, into: &result) else { return nil }
    }
    return (result + rest)[...]
  }

  /// nil where it is not UTF-8 or has control characters.
  package var text: String? {
    guard !raw.contains(where: { $0 < 0x20 }), let bytes else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Takes what follows a backslash.
  private static func resolve(_ rest: inout ArraySlice<UInt8>, into result: inout [UInt8]) -> Bool {
    guard let letter = rest.popFirst() else { return false }
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(letter)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = scalar(&rest) else { return false }
      result += String(scalar).utf8
    default: return false
    }
    return true
  }

  /// One of four hexadecimal digits, or of two such units where a pair of surrogates makes it.
  private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let unit = codeUnit(&rest) else { return nil }
    guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) }
    guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let low = codeUnit(&rest),
      (0xDC00..<0xE000).contains(low)
    else { return nil }
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
  }

  private static func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    rest = rest.dropFirst(4)
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}

private struct JSONParser {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var valuesLeft: Int
  private let maximumValues: Int

  /// How deep lists and objects may stand in each other.
  private static let maximumDepth = 32

  init(_ bytes: ArraySlice<UInt8>, maximumValues: Int) {
    self.bytes = bytes
    self.maximumValues = maximumValues
    position = bytes.startIndex
    valuesLeft = maximumValues
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
  }

  mutating func text() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    guard next == nil else { throw error("there is more after the value") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard let first = next else { throw error("the text ends where a value should be") }
    guard depth < Self.maximumDepth else { throw error("lists and objects stand too deep in each other") }
    guard valuesLeft > 0 else { throw error("there are more than \(maximumValues) values") }
    valuesLeft -= 1
    switch first {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["): return .list(try list(depth: depth + 1))
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      if take("true") { return .bool(true) }
      if take("false") { return .bool(false) }
      if take("null") { return .null }
      throw error("there is no value")
    }
  }

  private mutating func list(depth: Int) throws(JSONError) -> [JSONValue] {
    position += 1
    var values: [JSONValue] = []
    if next == UInt8(ascii: "]") {
      position += 1
      return values
    }
    repeat { values.append(try value(depth: depth)) } while try goesOn(until: UInt8(ascii: "]"))
    return values
  }

  private mutating func object(depth: Int) throws(JSONError) -> [JSONValue.Member] {
    position += 1
    var members: [JSONValue.Member] = []
    if next == UInt8(ascii: "}") {
      position += 1
      return members
    }
    var names: Set<String> = []
    repeat {
      guard next == UInt8(ascii: "\"") else { throw error("a member has no name") }
      let start = position
      guard let name = try string().text else { throw error("a name cannot be read", at: start) }
      guard names.insert(name).inserted else { throw error("a member stands twice", at: start) }
      guard next == UInt8(ascii: ":") else { throw error("a colon is missing") }
      position += 1
      members.append(JSONValue.Member(name: name, value: try value(depth: depth)))
    } while try goesOn(until: UInt8(ascii: "}"))
    return members
  }

  /// Takes the comma before another element, or the end.
  private mutating func goesOn(until end: UInt8) throws(JSONError) -> Bool {
    guard let sign = next, sign == end || sign == UInt8(ascii: ",") else { throw error("a comma or an end is missing") }
    position += 1
    return sign != end
  }

  /// Looks for quotes only, by what the C library does many bytes at a time: a string may be megabytes long.
  private mutating func string() throws(JSONError) -> JSONString {
    let start = position + 1
    var searched = start
    while let quote = firstQuote(from: searched) {
      let escapes = bytes[start..<quote].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
      if escapes.isMultiple(of: 2) {
        position = quote + 1
        return JSONString(raw: bytes[start..<quote])
      }
      searched = quote + 1
    }
    throw error("a string has no end")
  }

  private func firstQuote(from start: Int) -> Int? {
    bytes[start...].withUnsafeBytes { rest in
      guard let base = rest.baseAddress, let found = memchr(base, 0x22, rest.count) else { return nil }
      return start + base.distance(to: UnsafeRawPointer(found))
    }
  }

  private mutating func number() throws(JSONError) -> String {
    let end = bytes[position...].firstIndex { !Self.isNumeric($0) } ?? bytes.endIndex
    let text = bytes[position..<end]
    guard text.count <= 64, Self.isNumber(text) else { throw error("there is no value") }
    position = end
    return String(decoding: text, as: UTF8.self)
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// `-`? digits without a leading zero, a fraction, an exponent.
  private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    func digits() -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole > 0, !startsWithZero || whole == 1 else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard digits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let isHere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if isHere { position += word.utf8CodeUnitCount }
    return isHere
  }

  /// The next byte that is no white space, which is skipped; nil at the end.
  private var next: UInt8? {
    mutating get {
      while position < bytes.endIndex {
        switch bytes[position] {
        case 0x20, 0x09, 0x0A, 0x0D: position += 1
        case let byte: return byte
        }
      }
      return nil
    }
  }

  private func error(_ reason: String, at place: Int? = nil) -> JSONError {
    JSONError(offset: (place ?? position) - bytes.startIndex, reason: reason)
  }
}
