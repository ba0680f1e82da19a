/// A JSON object that is written piece by piece: what is large, such as a million numbers or a picture's Base64, does
/// not go through an encoder, which takes a microsecond for a number and looks at each letter of a string.
///
/// One value has one text: add members in the alphabetical order of their names.
struct JSONObject {
  private var bytes = [UInt8(ascii: "{")]

  mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

  /// The members of a value that encodes as an object.
  mutating func add(membersOf value: some Encodable) throws {
    separate()
    bytes += try encodeJSON(value).dropFirst().dropLast()
  }

  /// A member whose text is at hand.
  mutating func add(_ name: StaticString, text: some Sequence<UInt8>) {
    separate()
    bytes += "\"\(name)\":".utf8
    bytes += text
  }

  /// A member that is a list of such objects.
  mutating func add(_ name: StaticString, objects: [[UInt8]]) {
    separate()
    bytes += "\"\(name)\":[".utf8
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += object
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// The whole.
  consuming func text() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private mutating func separate() { if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) } }
}
