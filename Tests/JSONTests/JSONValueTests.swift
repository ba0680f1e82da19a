import Testing

@testable import JSON

@Suite("JSON of strangers") struct JSONValueTests {
  private func value(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(Array(text.utf8)) }

  private func string(_ text: String) throws -> String? {
    guard case .string(let string) = try value(text) else { return nil }
    return string.text
  }

  @Test(arguments: [
    (#""""#, ""), (#""a\"b\\""#, #"a"b\"#), (#""\/\b\f\n\r\t""#, "/\u{8}\u{C}\n\r\t"), (#""\u00e9\u002B""#, "é+"),
    (#""\ud83d\ude00""#, "😀"), (#"  "ü"  "#, "ü"), ("\u{FEFF}\"x\"", "x"), (#""\\\\""#, #"\\"#),
  ])
  func stringsAreResolved(text: String, expected: String) throws { #expect(try string(text) == expected) }

  @Test(arguments: [#""\x""#, #""\u12g4""#, #""\ud83d""#, #""\ud83dxx""#, #""\ude00""#, "\"\u{1}\""])
  func brokenStringsAreNone(text: String) throws { #expect(try string(text) == nil) }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "1 2", "[1 2]", "nul",
    "truex",
    "01", "-", "1.", ".5", "1e", "+1", "\"", "\"\\\"", "NaN", "Infinity", "'a'", "{\"a\":1,\"a\":2}", "[1]]", "\u{0}",
    "{\"a\":1,\"\\u0061\":2}", "[\"\\", "{\"\\x\":1}",
  ])
  func whatIsNoJSONIsRefused(text: String) { #expect(throws: JSONError.self) { try value(text) } }

  @Test(arguments: ["0", "-0", "12", "-1.5", "1e5", "1E-5", "1.25e+3", "true", "null", "[]", "{}", "[[],{}]"])
  func whatIsJSONIsTaken(text: String) throws { _ = try value(text) }

  @Test func depthAndNumberOfValuesAreBounded() throws {
    #expect(throws: JSONError.self) { try value(String(repeating: "[", count: 1_000_000)) }
    _ = try value(String(repeating: "[", count: 32) + String(repeating: "]", count: 32))
    let thousand = "[" + Array(repeating: "1", count: 999).joined(separator: ",") + "]"
    _ = try JSONValue(Array(thousand.utf8), maximumValues: 1000)
    #expect(throws: JSONError.self) { try JSONValue(Array(thousand.utf8), maximumValues: 999) }
  }

  @Test func whatIsWrongIsToldWithItsPlace() throws {
    let error = try #require(throws: JSONError.self) { try value(#"{"a": [1, }"#) }
    #expect(error.description == "there is no value at byte 10")
  }
}
