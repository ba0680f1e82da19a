import Foundation
import Logging
import Testing

@testable import Web

@Suite struct LogFormatTests {
  /// Quotes, line ends of every kind, a terminal's escape, text turned around, a tag that nobody sees, half of a pair.
  static let hostile = "\"}\\ \r\n\u{85}\u{2028}\u{2029}\u{0}\u{1B}[2J\u{7F}\u{202E}\u{2066}\u{FEFF}\u{E0041}é日\u{FFFD}"

  @Test func jsonIsOneValidLineWhateverItHolds() throws {
    let line = LogFormat.json.line(
      .warning, label: Self.hostile, source: "Web", Self.hostile,
      [
        ("a", .string(Self.hostile)), (Self.hostile, "key"), ("number", .stringConvertible(7)),
        ("half", .stringConvertible(0.5)), ("nan", .stringConvertible(Double.nan)), ("list", ["x", ["y": "z"]]),
        ("level", "mine"), ("hb.request.id", "id"),
      ])
    #expect(line.hasSuffix("\n"))
    let body = line.dropLast()
    #expect(
      body.unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
      })
    let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    #expect(object["message"] as? String == Self.hostile && object["a"] as? String == Self.hostile)
    #expect(object[Self.hostile] as? String == "key")
    #expect(object["level"] as? String == "warning" && object["metadata.level"] as? String == "mine")
    #expect(object["number"] as? Int == 7 && object["half"] as? Double == 0.5 && object["nan"] as? String == "nan")
    #expect(object["request_id"] as? String == "id")
    #expect((object["list"] as? [Any])?.count == 2)
    let time = try #require(object["time"] as? String)
    #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
  }

  @Test func textIsOneLineWithoutControlsOrTurnedText() {
    let line = LogFormat.text.line(.info, label: "gaze", source: "Web", "message", [("a", .string(Self.hostile))])
    #expect(
      line.dropLast().unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
      })
    #expect(line.wholeMatch(of: /[-0-9]{10}T[:0-9]{8}[-+]\d{4} info gaze: a=.*é日.* \[Web\] message\n/) != nil)
  }
}
