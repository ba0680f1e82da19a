import Explain
import Foundation
import Web

/// What the settings are, all sources taken together, and which of them said so.
struct EffectiveSettings: Sendable {
  private(set) var settings: ServeSettings
  /// How a setting was spelled where it was given, by its name. What is not here has its default.
  private(set) var origins: [String: String] = [:]

  /// - Parameters:
  ///   - sources: the strongest first. A weaker one that says the same setting is read too, so that a value which
  ///     cannot be is never passed over.
  ///   - defaults: what holds where no source says anything.
  init(_ sources: [SettingSource], defaults: ServeSettings = ServeSettings()) throws(SettingError) {
    settings = defaults
    for source in sources.reversed() {
      for setting in ServeSetting.all {
        guard let texts = try source.texts(of: setting) else { continue }
        do throws(BadSetting) {
          try setting.apply(texts, &settings)
        } catch {
          throw SettingError(
            "\(source.spelling(of: setting)) takes \(setting.range), not '\(error.text.abbreviated())'.")
        }
        origins[setting.name] = source.spelling(of: setting)
      }
    }
    // Whoever chooses the address on Vertex AI, too, is asked under names again.
    if settings.service.vertex != nil, origins["host"] != nil, origins["allowed-host"] == nil {
      settings.service.allowedHosts = []
    }
    try settings.check()
  }

  /// The flags, the environment, and the file that either of them names; what Vertex AI says is the default.
  ///
  /// - Parameter file: nil for the file that `GAZE_CONFIG` names, or none.
  static func read(
    flags: [String: [String]], environment: [String: String], file: String?
  ) throws(SettingError) -> EffectiveSettings {
    var sources = [SettingSource.flags(flags), try .environment(environment), .standardVariables(environment)]
    if let file = file ?? environment["GAZE_CONFIG"], !file.isEmpty { sources.append(try .file(file)) }
    var defaults = ServeSettings()
    do throws(VertexError) {
      if let container = try VertexContainer(environment: environment) { defaults.service.take(container) }
    } catch {
      throw SettingError(error.description)
    }
    return try EffectiveSettings(sources, defaults: defaults)
  }

  /// A file of settings that says all that is set, in the table's order.
  var json: String {
    let lines = ServeSetting.all.compactMap { setting in
      setting.texts(settings).map { "  \(quoted(setting.name)): \(setting.json($0))" }
    }
    return "{\n\(lines.joined(separator: ",\n"))\n}\n"
  }

  /// A line for each setting that was given: which source said so.
  var account: String {
    ServeSetting.all.compactMap { setting in origins[setting.name].map { "\(setting.name): \($0)\n" } }.joined()
  }
}

extension ServeSetting {
  fileprivate func json(_ texts: [String]) -> String {
    switch form {
    case .list: "[\(texts.map(quoted).joined(separator: ", "))]"
    case .integer, .number, .boolean: texts[0]
    case .text, .duration, .size, .choice: quoted(texts[0])
    }
  }
}

private func quoted(_ text: String) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .withoutEscapingSlashes
  guard let bytes = try? encoder.encode(text) else { preconditionFailure("EffectiveSettings: a text without JSON") }
  return String(decoding: bytes, as: UTF8.self)
}
