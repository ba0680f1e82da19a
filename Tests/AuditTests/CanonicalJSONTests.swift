import Foundation
import JSON
import Testing

@testable import Audit

@Suite("One text for one JSON value (RFC 8785)")
struct CanonicalJSONTests {
  private func canonical(_ text: String) throws -> String {
    String(decoding: try JSONTree(parsing: Array(text.utf8)).canonical, as: UTF8.self)
  }

  @Test("section 3.2.4's example")
  func example() throws {
    let text = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    #expect(
      try canonical(text)
        == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    )
  }

  @Test("section 3.2.3's order: by UTF-16 code units")
  func order() throws {
    let text = #"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#
    #expect(
      try canonical(text) == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{FB33}\":3}")
  }

  @Test(
    "appendix B's numbers",
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"), (0xC340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"), (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
      (0x44B5_2D02_C7E1_4AF6, "1e+23"), (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
      (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"), (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
      (0x444B_1AE4_D6E2_EF50, "1e+21"), (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
      (0x3EB0_C6F7_A0B5_ED8D, "0.000001"), (0x41B3_DE43_5555_5553, "333333333.3333332"),
      (0xBECB_F647_612F_3696, "-0.0000033333333333333333"), (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbers(bits: UInt64, text: String) {
    #expect(String(decoding: JSONTree.number(Double(bitPattern: bits)).canonical, as: UTF8.self) == text)
  }

  @Test("what Swift encodes reads back as the same value, and its canonical text is stable")
  func encoding() throws {
    struct Values: Encodable {
      let float: Float = 9.247_354
      let small: Float = 1.5e-7
      let text = "a/b \u{2028} \u{7F} é"
      let none: Int? = nil
    }
    let value = try JSONTree(encoding: Values())
    #expect(value["float"]?.number == 9.247354)
    #expect(value["none"] == nil)
    #expect(try canonical(String(decoding: value.canonical, as: UTF8.self)).utf8.elementsEqual(value.canonical))
  }

  @Test(
    "what is not JSON is refused with the place",
    arguments: [
      "", "{", #"{"a":1,"a":2}"#, "[1,]", "01", "1.", "1e", "+1", "tru", #""\x""#, #""\ud800""#, "\"\u{1}\"", "1 2",
      "NaN", "1e999", #"{"a" 1}"#, #"{1:2}"#, #""open"#, "[1", "\u{FEFF}1",
    ])
  func refused(text: String) {
    #expect(throws: JSONError.self) { try canonical(text) }
  }

  @Test("depth and the number of values are bounded")
  func bounds() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try canonical(deep) }
    let fine = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
    #expect(try canonical(fine) == fine)
    let many = "[" + String(repeating: "0,", count: JSONTree.maximumValues) + "0]"
    #expect(throws: JSONError.self) { try canonical(many) }
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(throws: JSONError.self) { try JSONTree(parsing: [0x22, 0xFF, 0x22]) }
  }
}
