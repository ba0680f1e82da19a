import Configuration
import Foundation
import JSON

/// The settings of a file: a JSON object of texts, numbers, truths and arrays of texts.
///
/// Stricter than the reader that swift-configuration has for JSON: it knows its keys, so that one which is no setting
/// is found, and it takes no truth for a number.
struct SettingsFile: ConfigSnapshot {
  private struct NotThat: Error {}

  let providerName = "SettingsFile"
  private let values: [String: JSONValue]

  init(_ bytes: Data) throws(JSONError) {
    guard case .object(let members) = try JSONValue(Array(bytes)) else {
      throw JSONError(offset: 0, reason: "there is no object")
    }
    values = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
  }

  var names: some Collection<String> { values.keys }

  func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
    let name = key.components.joined(separator: ".")
    let content = try values[name].map { try Self.content($0, as: type) }
    return LookupResult(encodedKey: name, value: content.map { ConfigValue($0, isSecret: false) })
  }

  private static func content(_ value: JSONValue, as type: ConfigType) throws -> ConfigContent {
    switch (type, value) {
    case (.stringArray, .list(let values)): return .stringArray(try values.map(text))
    case (.stringArray, let value): return .stringArray([try text(value)])
    case (_, let value): return .string(try text(value))
    }
  }

  private static func text(_ value: JSONValue) throws -> String {
    switch value {
    case .string(let string):
      guard let text = string.text else { throw NotThat() }
      return text
    case .number(let text):
      guard let number = Double(text), number.isFinite else { throw NotThat() }
      return Int(exactly: number).map(String.init) ?? String(number)
    case .bool(let truth): return String(truth)
    case .null, .list, .object: throw NotThat()
    }
  }
}
