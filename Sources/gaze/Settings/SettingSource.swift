import Configuration
import Explain
import Foundation
import Models

/// A place where settings are given, each in its own spelling.
struct SettingSource: Sendable {
  private enum Kind {
    case flags
    case environment
    case standardVariables
    case file(String)
  }

  private let kind: Kind
  private let values: any ConfigSnapshot

  /// What the flags say, by the setting's name.
  static func flags(_ given: [String: [String]]) -> SettingSource {
    let values = given.map { (AbsoluteConfigKey([$0]), ConfigValue(.stringArray($1), isSecret: false)) }
    return SettingSource(.flags, InMemoryProvider(values: Dictionary(uniqueKeysWithValues: values)).snapshot())
  }

  /// - Throws: for a variable that begins as Gaze's do and is none of them.
  static func environment(_ variables: [String: String]) throws(SettingError) -> SettingSource {
    let names = Set(ServeSetting.all.map(\.variable))
    for (name, value) in variables.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("GAZE_") && !names.contains(name) && !OtherVariable.isKnown(name, value) {
      throw SettingError(
        "There is no variable \(name.abbreviated()).\(suggestion(for: name, among: names)) Unset it; "
          + "gaze serve --help-hidden names the settings.")
    }
    // A variable that is set to nothing says nothing. What Kubernetes sets is not meant for Gaze.
    let meant = variables.filter { !$0.value.isEmpty && !OtherVariable.isServiceLink($0.key, $0.value) }
    return SettingSource(
      .environment, EnvironmentVariablesProvider(environmentVariables: meant).prefixKeys(with: ["gaze"]).snapshot())
  }

  /// What variables say that other programs know, too, such as OpenTelemetry's.
  static func standardVariables(_ variables: [String: String]) -> SettingSource {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for setting in ServeSetting.all {
      guard let name = setting.standardVariable, let text = variables[name], !text.isEmpty else { continue }
      values[AbsoluteConfigKey([setting.name])] = ConfigValue(.string(text), isSecret: false)
    }
    return SettingSource(.standardVariables, InMemoryProvider(values: values).snapshot())
  }

  /// - Throws: for a file that cannot be read, or a key that is no setting.
  static func file(_ path: String) throws(SettingError) -> SettingSource {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw SettingError("The settings in \(path) cannot be read. Name a file that can, or leave --config out.")
    }
    let file: SettingsFile
    do { file = try SettingsFile(bytes) } catch {
      throw SettingError(
        "\(path) is no JSON object of settings, such as {\"port\": 8080, \"keep\": \"15min\"}: \(error).")
    }
    let names = Set(ServeSetting.all.map(\.name))
    if let unknown = file.names.sorted().first(where: { !names.contains($0) }) {
      throw SettingError(
        "There is no setting \"\(unknown.abbreviated())\", which \(path) has.\(suggestion(for: unknown, among: names)) "
          + "gaze serve --print-config names all.")
    }
    return SettingSource(.file(path), file)
  }

  private init(_ kind: Kind, _ values: any ConfigSnapshot) {
    self.kind = kind
    self.values = values
  }

  /// What is said of a setting here; nil if nothing.
  func texts(of setting: ServeSetting) throws(SettingError) -> [String]? {
    let isArray = setting.form == .list || isFlags
    let result: ConfigValue?
    do {
      result = try values.value(forKey: AbsoluteConfigKey([setting.name]), type: isArray ? .stringArray : .string).value
    } catch {
      throw SettingError("\(spelling(of: setting)) takes \(setting.range).")
    }
    switch result?.content {
    case .string(let text): return [text]
    case .stringArray(let texts): return texts
    default: return nil
    }
  }

  private var isFlags: Bool { if case .flags = kind { true } else { false } }

  /// How the setting is called here: `--port`, `GAZE_PORT`, `"port" in gaze.json`.
  func spelling(of setting: ServeSetting) -> String {
    switch kind {
    case .flags: "--\(setting.name)"
    case .environment: setting.variable
    case .standardVariables: setting.standardVariable ?? setting.variable
    case .file(let path): "\"\(setting.name)\" in \(path)"
    }
  }
}

/// Variables that begin as settings do and are none.
enum OtherVariable {
  /// Of other parts of Gaze, and of its build and tests.
  private static let names: Set<String> = [
    "GAZE_CONFIG", "GAZE_OPTIONS", "GAZE_MODELS", "GAZE_ISA", "GAZE_TESTS", "GAZE_STRICT", "GAZE_LONG",
    "GAZE_REQUIRE_MODELS",
    "GAZE_SERVER_COMMAND",
    "GAZE_BINARY", "GAZE_PACKAGE", "GAZE_SHARED", "GAZE_URL",
  ]

  static func isKnown(_ name: String, _ value: String) -> Bool { names.contains(name) || isServiceLink(name, value) }

  /// Whether it is one of those that Kubernetes gives every container for a Service that is called gaze, or begins so:
  /// `GAZE_SERVICE_HOST`, `GAZE_SERVICE_PORT_HTTP`, `GAZE_PORT=tcp://10.0.0.1:80`, `GAZE_PORT_80_TCP_ADDR`.
  static func isServiceLink(_ name: String, _ value: String) -> Bool {
    if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
    if name.hasSuffix("_PORT") { return value.contains("://") }
    return name.contains(#/_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/#)
  }
}
