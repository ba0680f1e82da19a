import Logging

/// How a line of the log is written: for people, or an object of JSON for programs.
package enum LogFormat: String, CaseIterable, Sendable {
  case text
  case json

  /// A line, with its line feed. Whatever a value holds, it stays one line, and whoever reads it sees all of it:
  /// characters that control a terminal or turn text around are escaped.
  ///
  /// - Parameter fields: in the order in which they are written.
  func line(
    _ level: Logger.Level, label: String, source: String, _ message: String,
    _ fields: [(key: String, value: Logger.Metadata.Value)] = []
  ) -> String {
    switch self {
    case .text:
      let written = fields.map { " \($0.key)=\($0.value)" }.joined()
      return "\(LogTime.local()) \(level) \(label):" + Self.printable("\(written) [\(source)] \(message)") + "\n"
    case .json:
      let own: [(key: String, value: Logger.Metadata.Value)] = [
        ("time", .string(LogTime.utc())), ("level", "\(level)"), ("logger", .string(label)),
        ("source", .string(source)), ("message", .string(message)),
      ]
      // One object does not have a name twice.
      let others = fields.map { field in
        (key: own.contains { $0.key == field.key } ? "metadata.\(field.key)" : Self.name(field.key), value: field.value)
      }
      return Self.json(own + others) + "\n"
    }
  }

  /// Hummingbird's name for it is one that only Hummingbird knows.
  private static func name(_ key: String) -> String { key == "hb.request.id" ? "request_id" : key }

  // MARK: JSON

  private static func json(_ fields: [(key: String, value: Logger.Metadata.Value)]) -> String {
    "{" + fields.map { "\(json($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
  }

  private static func json(_ value: Logger.Metadata.Value) -> String {
    switch value {
    case .string(let text): json(text)
    case .stringConvertible(let number as Int): "\(number)"
    case .stringConvertible(let number as Double) where number.isFinite: "\(number)"
    case .stringConvertible(let truth as Bool): "\(truth)"
    case .stringConvertible(let other): json("\(other)")
    case .array(let values): "[" + values.map { json($0) }.joined(separator: ",") + "]"
    case .dictionary(let values):
      json(values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
    }
  }

  private static func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return result + "\""
  }

  // MARK: Text

  private static func printable(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy({ isPrintable($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result += isPrintable(scalar) ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return result
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return false
    default: return true
    }
  }
}
