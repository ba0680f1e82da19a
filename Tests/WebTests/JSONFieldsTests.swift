import JSON
import Testing

@testable import Web

@Suite("JSON as the fields of a query") struct JSONFieldsTests {
  private func value(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(Array(text.utf8)) }

  @Test func membersAreFieldsOfAQuery() throws {
    let fields = try value(
      #"{"class": 281.0, "steps": 15, "alpha": 0.25, "overlay": false, "classes": ["tabby", 7], "x": null, "big": 1e3}"#
    ).fields
    #expect(
      fields?.map { "\($0.name)=\($0.value)" } == [
        "class=281", "steps=15", "alpha=0.25", "overlay=false", "classes=tabby,7", "big=1000",
      ])
    for text in ["[]", "7", #"{"a": {}}"#, #"{"a": [[{}]]}"#, #"{"a": [null]}"#, #"{"a": 1e999}"#] {
      #expect(try value(text).fields == nil)
    }
  }
}
