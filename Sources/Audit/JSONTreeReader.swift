import Foundation

/// Reads a JSON text whole, hostile as it may be: strict after RFC 8259, with a bound on depth and on the number of
/// values, and without a name twice in one object, since two readers could then see two things in one signed text.
struct JSONTreeReader {
  /// How deep lists and objects may lie in each other: receipts are four deep.
  static let maximumDepth = 32
  /// Values of one text: a map of a million numbers has fewer.
  static let maximumValues = 4_000_000

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var values = 0

  fileprivate init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  fileprivate mutating func whole() throws(JSONTreeError) -> JSONTree {
    let value = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw error("nothing more") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONTreeError) -> JSONTree {
    skipBlanks()
    values += 1
    guard values <= Self.maximumValues else {
      throw JSONTreeError("it has more than \(Self.maximumValues) values, which no receipt has")
    }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try list(depth: depth + 1)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object(depth: Int) throws(JSONTreeError) -> JSONTree {
    try check(depth)
    position += 1
    var members: [String: JSONTree] = [:]
    if accept("}") { return .object(members) }
    repeat {
      skipBlanks()
      let start = position
      let name = try string()
      guard members[name] == nil else { throw error("each name once", at: start) }
      guard accept(":") else { throw error("':'") }
      members[name] = try value(depth: depth)
    } while accept(",")
    guard accept("}") else { throw error("',' or '}'") }
    return .object(members)
  }

  private mutating func list(depth: Int) throws(JSONTreeError) -> JSONTree {
    try check(depth)
    position += 1
    var elements: [JSONTree] = []
    if accept("]") { return .list(elements) }
    repeat { elements.append(try value(depth: depth)) } while accept(",")
    guard accept("]") else { throw error("',' or ']'") }
    return .list(elements)
  }

  private func check(_ depth: Int) throws(JSONTreeError) {
    guard depth <= Self.maximumDepth else {
      throw JSONTreeError(
        "lists and objects lie in each other more than \(Self.maximumDepth) deep, which no receipt has")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONTree) throws(JSONTreeError) -> JSONTree {
    let end = position + word.utf8CodeUnitCount
    let isThere = end <= bytes.count && word.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
    guard isThere else { throw error("a value") }
    position = end
    return value
  }

  private mutating func number() throws(JSONTreeError) -> Double {
    let start = position
    func digits(_ position: inout Int) -> Int {
      let start = position
      while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
      return position - start
    }
    if current == UInt8(ascii: "-") { position += 1 }
    let whole = position
    guard digits(&position) > 0 else { throw error("a value", at: start) }
    guard bytes[whole] != UInt8(ascii: "0") || position == whole + 1 else { throw error("no leading zero", at: whole) }
    if current == UInt8(ascii: ".") {
      position += 1
      guard digits(&position) > 0 else { throw error("a digit") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      guard digits(&position) > 0 else { throw error("a digit") }
    }
    guard position - start <= 400, let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)),
      value.isFinite
    else { throw error("a number that a double can hold", at: start) }
    return value
  }

  private mutating func string() throws(JSONTreeError) -> String {
    guard current == UInt8(ascii: "\"") else { throw error("a text in quotes") }
    position += 1
    let start = position
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw error("UTF-8", at: start) }
        return string
      case UInt8(ascii: "\\"): text += String(try escaped()).utf8
      case ..<0x20: throw error("no control character in a text", at: position - 1)
      default: text.append(byte)
      }
    }
    throw error("the end of a text", at: start)
  }

  /// The character that the escape sequence after a backslash stands for.
  private mutating func escaped() throws(JSONTreeError) -> Unicode.Scalar {
    let start = position
    position += 1
    switch start < bytes.count ? bytes[start] : 0 {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      // Beyond the basic plane a character is two escapes: a high and a low surrogate.
      if (0xD800..<0xDC00).contains(first), accept(exactly: "\\"), accept(exactly: "u") {
        let second = try codeUnit()
        if (0xDC00..<0xE000).contains(second),
          let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
        {
          return scalar
        }
      }
      throw error("a whole character", at: start)
    default: throw error("an escape that JSON has", at: start)
    }
  }

  private mutating func codeUnit() throws(JSONTreeError) -> UInt16 {
    guard position + 4 <= bytes.count else { throw error("four hexadecimal digits") }
    var value: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error("four hexadecimal digits")
      }
      value = value << 4 | UInt16(digit)
    }
    position += 4
    return value
  }

  // MARK: - Pieces

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    return accept(exactly: character)
  }

  private mutating func accept(exactly character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func error(_ expected: String, at offset: Int? = nil) -> JSONTreeError {
    JSONTreeError("it is no JSON: at byte \(offset ?? position) there should be \(expected)")
  }
}

extension JSONTree {
  package init(parsing text: some Collection<UInt8>) throws(JSONTreeError) {
    let result: Result<JSONTree, JSONTreeError>? = text.withContiguousStorageIfAvailable { bytes in
      Result { () throws(JSONTreeError) in
        var reader = JSONTreeReader(bytes)
        return try reader.whole()
      }
    }
    guard let result else {
      self = try JSONTree(parsing: Array(text))
      return
    }
    self = try result.get()
  }

  /// A value, as `Encodable` writes it.
  package init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    self = try JSONTree(parsing: try encoder.encode(value))
  }
}

/// Why a text is not the JSON that it should be; a part of a sentence.
package struct JSONTreeError: Error, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
