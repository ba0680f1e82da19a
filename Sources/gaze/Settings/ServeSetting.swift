/// A setting of `gaze serve`: one name, by which a flag (`--shutdown-timeout`), a variable of the environment
/// (`GAZE_SHUTDOWN_TIMEOUT`) and a key of the file (`"shutdown-timeout"`) are called alike.
struct ServeSetting: Sendable {
  /// How a value is written.
  enum Form: Equatable, Sendable {
    case text
    /// Any number of texts: a flag given several times, a variable with commas, an array in the file.
    case list
    case integer
    case number
    /// `20s`, `75ms`; a number alone is seconds.
    case duration
    /// `256MB`, `8KB`; a number alone is megabytes.
    case size
    case boolean
    case choice([String])
  }

  let name: String
  let form: Form
  /// What may stand there, as a sentence goes on after "takes".
  let range: String
  let help: String
  /// What stands for the value in the help.
  let valueName: String
  /// Takes up what is given. The texts are one, or those of a list. What it throws says what is wrong with them.
  let apply: @Sendable (_ texts: [String], _ settings: inout ServeSettings) throws(BadSetting) -> Void
  /// The texts that `apply` makes the same of; nil where nothing is set.
  let texts: @Sendable (ServeSettings) -> [String]?

  /// Whether `gaze serve --help` shows it; the others are in `--help-hidden`.
  private(set) var isCommon = false

  /// The same, among those that are asked for most.
  var common: ServeSetting {
    var setting = self
    setting.isCommon = true
    return setting
  }

  /// A variable that other programs know, too, and that counts where `variable` is not set.
  private(set) var standardVariable: String?

  /// The same, which is also read from a variable that other programs know.
  func alsoFrom(_ variable: String) -> ServeSetting {
    var setting = self
    setting.standardVariable = variable
    return setting
  }

  var variable: String { "GAZE_" + name.uppercased().replacing("-", with: "_") }
}

/// A value that a setting does not take.
struct BadSetting: Error {
  let text: String
}

/// What is wrong with a setting, in a sentence that says what would work.
struct SettingError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

// MARK: Forms

typealias SettingPath<Value> = WritableKeyPath<ServeSettings, Value> & Sendable

extension ServeSetting {
  /// - Parameter accepts: whether a text is one; `range` says which are.
  static func text(
    _ name: String, _ path: any SettingPath<String>, _ valueName: String, takes range: String = "a text",
    _ help: String, where accepts: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
  ) -> ServeSetting {
    scalar(name, .text, path, range, help, valueName, write: { $0 }, read: { accepts($0) ? $0 : nil })
  }

  /// A text that need not be there, such as the path of a file.
  static func text(
    _ name: String, _ path: any SettingPath<String?>, _ valueName: String, takes range: String = "a path",
    _ help: String, where accepts: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
  ) -> ServeSetting {
    scalar(name, .text, path, range, help, valueName, write: { $0 }, read: { accepts($0) ? $0 : nil })
  }

  /// Values of a type of their own, one a text.
  static func list<Value: Sendable>(
    _ name: String, _ path: any SettingPath<[Value]>, _ valueName: String, takes range: String, _ help: String,
    write: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (String) -> Value?
  ) -> ServeSetting {
    ServeSetting(name: name, form: .list, range: range, help: help, valueName: valueName) {
      texts, settings throws(BadSetting) in
      var values: [Value] = []
      for text in texts {
        guard let value = read(text) else { throw BadSetting(text: text) }
        values.append(value)
      }
      settings[keyPath: path] = values
    } texts: {
      $0[keyPath: path].map(write)
    }
  }

  static func integer(
    _ name: String, _ path: any SettingPath<Int>, in range: ClosedRange<Int>, _ help: String, value: String = "count"
  ) -> ServeSetting {
    scalar(
      name, .integer, path, wholeNumbers(range), help, value, write: { String($0) }, read: { Int($0)?.within(range) })
  }

  /// A number that follows from the machine where it is not set.
  static func integer(
    _ name: String, _ path: any SettingPath<Int?>, in range: ClosedRange<Int>, _ help: String, value: String = "count"
  ) -> ServeSetting {
    scalar(
      name, .integer, path, wholeNumbers(range), help, value, write: { String($0) }, read: { Int($0)?.within(range) })
  }

  static func number(
    _ name: String, _ path: any SettingPath<Double>, in range: ClosedRange<Double>, _ help: String,
    value: String = "number"
  ) -> ServeSetting {
    let bounds = "a number from \(written(range.lowerBound)) to \(written(range.upperBound))"
    return scalar(name, .number, path, bounds, help, value, write: written, read: { Double($0)?.within(range) })
  }

  static func duration(
    _ name: String, _ path: any SettingPath<Duration>, in range: ClosedRange<Duration>, _ help: String
  ) -> ServeSetting {
    let bounds = "\(DurationText.written(range.lowerBound)) to \(DurationText.written(range.upperBound))"
    return scalar(
      name, .duration, path, "a time from \(bounds), such as 90s, 500ms or 5min", help, "time",
      write: { DurationText.written($0) }, read: { DurationText.read($0)?.within(range) })
  }

  static func size(
    _ name: String, _ path: any SettingPath<Int>, in range: ClosedRange<Int>, _ help: String
  ) -> ServeSetting {
    scalar(
      name, .size, path, sizes(range), help, "size", write: { SizeText.written($0) },
      read: { SizeText.read($0)?.within(range) })
  }

  /// A size that need not be set.
  static func size(
    _ name: String, _ path: any SettingPath<Int?>, in range: ClosedRange<Int>, _ help: String
  ) -> ServeSetting {
    scalar(
      name, .size, path, sizes(range), help, "size", write: { SizeText.written($0) },
      read: { SizeText.read($0)?.within(range) })
  }

  static func boolean(_ name: String, _ path: any SettingPath<Bool>, _ help: String) -> ServeSetting {
    scalar(
      name, .boolean, path, "true or false", help, "true|false", write: { String($0) }, read: { Bool($0) })
  }

  /// One of the cases of an enumeration, by its raw value.
  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: any SettingPath<Choice>, _ help: String
  ) -> ServeSetting {
    let names = Choice.allCases.map(\.rawValue)
    return scalar(
      name, .choice(names), path, names.joined(separator: ", "), help, "name", write: { $0.rawValue },
      read: { Choice(rawValue: $0) })
  }

  private static func wholeNumbers(_ range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  private static func sizes(_ range: ClosedRange<Int>) -> String {
    "a size from \(SizeText.written(range.lowerBound)) to \(SizeText.written(range.upperBound)), "
      + "such as 64KB, 32MB or 2GB"
  }

  /// A whole number without a fraction.
  private static func written(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }

  /// - Parameter read: the value of a text; nil of one that is out of `range`.
  private static func scalar<Value>(
    _ name: String, _ form: Form, _ path: any SettingPath<Value>, _ range: String, _ help: String, _ valueName: String,
    write: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (String) -> Value?
  ) -> ServeSetting {
    ServeSetting(name: name, form: form, range: range, help: help, valueName: valueName) {
      texts, settings throws(BadSetting) in
      settings[keyPath: path] = try value(of: texts, read)
    } texts: {
      [write($0[keyPath: path])]
    }
  }

  /// The same of a value that need not be set.
  private static func scalar<Value>(
    _ name: String, _ form: Form, _ path: any SettingPath<Value?>, _ range: String, _ help: String,
    _ valueName: String, write: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (String) -> Value?
  ) -> ServeSetting {
    ServeSetting(name: name, form: form, range: range, help: help, valueName: valueName) {
      texts, settings throws(BadSetting) in
      settings[keyPath: path] = try value(of: texts, read)
    } texts: {
      $0[keyPath: path].map { [write($0)] }
    }
  }

  /// Of a setting that is given several times the last counts.
  private static func value<Value>(of texts: [String], _ read: (String) -> Value?) throws(BadSetting) -> Value {
    let text = texts.last ?? ""
    guard let value = read(text) else { throw BadSetting(text: text) }
    return value
  }
}

extension Comparable {
  fileprivate func within(_ range: ClosedRange<Self>) -> Self? { range.contains(self) ? self : nil }
}
