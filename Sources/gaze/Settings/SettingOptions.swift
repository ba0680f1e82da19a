import ArgumentParser

/// The flags of `gaze serve`, one for each setting of the table.
///
/// An option of ArgumentParser is a property, found by a mirror and decoded under its name. Here the table says which
/// there are, to the mirror and to the decoder, so that a setting stands in one place.
struct SettingOptions: ParsableArguments, CustomReflectable {
  /// What is given, by the setting's name.
  private(set) var given: [String: [String]] = [:]

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for setting in ServeSetting.all {
      let key = Key(stringValue: setting.name)
      let texts =
        setting.form == .list
        ? try container.decode(Option<[String]>.self, forKey: key).wrappedValue
        : try container.decode(Option<String?>.self, forKey: key).wrappedValue.map { [$0] } ?? []
      if !texts.isEmpty { given[setting.name] = texts }
    }
  }

  var customMirror: Mirror {
    let usual = ServeSettings()
    return Mirror(self, children: ServeSetting.all.map { ($0.name, $0.option(usual)) })
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension ServeSetting {
  fileprivate func option(_ usual: ServeSettings) -> Any {
    let usual = texts(usual).map { " (default: \($0.joined(separator: ", ")))" } ?? ""
    let help = ArgumentHelp(
      "\(help)\(form == .list ? "" : usual)", valueName: valueName, visibility: isCommon ? .default : .hidden)
    return form == .list
      ? Option<[String]>(wrappedValue: [], name: .customLong(name), help: help)
      : Option<String?>(name: .customLong(name), help: help)
  }
}
