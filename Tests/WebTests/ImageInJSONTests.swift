import Foundation
import HTTPTypes
import JSON
import Testing

@testable import Web

@Suite("Images in JSON") struct ImageInJSONTests {
  /// Its Base64 has both letters of which the URL-safe alphabet has others, and padding.
  private static let image: [UInt8] = [0xFB, 0xFF, 0xBE, 0x00, 0x10, 0x83, 0xFF]
  private static let base64 = Data(image).base64EncodedString()

  private func image(_ json: String) throws -> [UInt8] {
    try ImageInJSON.bytes(of: JSONValue(Array(json.utf8)), at: "instances[0]")
  }

  @Test func base64ComesInEveryAlphabetAndBreak() throws {
    #expect(Self.base64 == "+/++ABCD/w==")
    let texts = [
      "+/++ABCD/w==", "+/++ABCD/w", "-_--ABCD_w==", "-_--ABCD_w", #"+\/++ABCD\/w=="#,
      #"\u002b/\u002b\u002bABCD/w\u003d="#,
      #"+/++\nABCD\r\n/w==\n"#, "+/++\nABCD\n/w==\n", " +/+ +AB\tCD/w = = ", "data:image/jpeg;base64,+/++ABCD/w==",
      "DATA:;Base64,+/++ABCD/w==", #"\n data:image\/png;charset=x;base64,+/++ABCD/w"#,
    ]
    for text in texts { #expect(try image("\"\(text)\"") == Self.image, "\(text)") }
  }

  @Test(arguments: [
    "*", "*,b64", "bytes", "bytes,b64", "data", "data,b64", "image_bytes", "image_bytes,b64", "image", "content",
  ])
  func anImageComesUnderManyNames(path: String) throws {
    var json = "\"\(Self.base64)\""
    for name in path.split(separator: ",").reversed() where name != "*" { json = "{\"\(name)\":\(json)}" }
    #expect(try image(json) == Self.image)
  }

  @Test func everyLengthIsRead() throws {
    for count in 1...70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
      let text = Data(bytes).base64EncodedString()
      #expect(try image("\"\(text)\"") == bytes)
      #expect(try image("\"\(text.filter { $0 != "=" })\"") == bytes)
    }
  }

  @Test(arguments: [
    (#""""#, "instances[0]", "not the Base64"), (#""***""#, "instances[0]", "not the Base64"),
    (#""A""#, "instances[0]", "not the Base64"), (#""AAAAA""#, "instances[0]", "not the Base64"),
    (#""AA=A""#, "instances[0]", "not the Base64"), (#""AA=""#, "instances[0]", "not the Base64"),
    (#""AAAA====""#, "instances[0]", "not the Base64"), (#""QUJD\u0000""#, "instances[0]", "not the Base64"),
    (#""data:image/png,QUJD""#, "instances[0]", "not the Base64"),
    (#""https://x/a.png""#, "instances[0]", "not the Base64"),
    (#"{"b64":""}"#, "instances[0].b64", "not the Base64"), (#"{"b64":5}"#, "instances[0].b64", "must be a text"),
    (#"{"b64":{"b64":"QUJD"}}"#, "instances[0].b64", "must be a text"),
    (#"{"bytes":{"b64":"%"}}"#, "instances[0].bytes.b64", "not the Base64"),
    (#"{"bytes":{"b64":null}}"#, "instances[0].bytes", "must be a text"),
    (#"{"bytes":{"b64":"QUJD","x":1}}"#, "instances[0].bytes", "must be a text"),
    (#"{"bytes":["QUJD"]}"#, "instances[0].bytes", "must be a text"),
    ("{}", "instances[0]", "keys must be equal to: bytes"),
    (#"{"picture":"QUJD"}"#, "instances[0]", "keys must be equal to: bytes"),
    (#"{"bytes":{"b64":"QUJD"},"key":"1"}"#, "instances[0]", "keys must be equal to: bytes"),
    ("[[0.5]]", "instances[0]", "an image is"), ("7", "instances[0]", "an image is"),
    ("null", "instances[0]", "an image is"),
  ])
  func whatIsNoImageIsToldWithItsField(json: String, field: String, words: String) throws {
    let error = try #require(throws: ServiceError.self) { try image(json) }
    #expect(error.field == field)
    #expect(error.message.hasPrefix("\(field): ") && error.message.contains(words), "\(error.message)")
    #expect(error.status == .badRequest)
  }
}
