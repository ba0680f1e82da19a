import ArgumentParser
import Explain

/// What to explain, and by which method. Values are read by `Ask`, as those of every other face.
struct MethodOptions: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "\(AskField.class.help) May be given again, for several side by side.", valueName: "class"))
  var classes: [String] = []

  @Option(help: ArgumentHelp("\(AskField.against.help)", valueName: "class"))
  var against: String?

  @Option(
    name: .customLong("method"),
    help: ArgumentHelp(
      "\(AskField.method.help) 'gaze methods' lists them. May be given again, for several side by side.",
      valueName: "method"),
    completion: .list(MethodCatalog.entries.map(\.name)))
  var methods: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A parameter of the method, as 'gaze methods' lists it; of one of several methods after its name, such as "
        + "rise.masks=500. May be given again.", valueName: "name=value"))
  var settings: [Setting] = []

  @Option(
    name: .customLong("layer"),
    help: ArgumentHelp(
      "\(AskField.layer.help) May be given again. 'gaze models check' lists them.", valueName: "layer"))
  var layers: [String] = []

  @Option(help: "\(AskField.fusion.help)", completion: .list(LayerFusion.allCases.map(\.rawValue)))
  var fusion: String?

  @Option(help: "\(AskField.augmentation.help)", completion: .list(TestTimeAugmentation.allCases.map(\.rawValue)))
  var augmentation: String?

  func validate() throws {
    for (index, setting) in settings.enumerated() where settings[..<index].contains(where: { $0.name == setting.name })
    {
      throw ValidationError("--set gives '\(setting.name)' twice.")
    }
    do throws(AskError) { _ = try choices } catch { throw ValidationError(error.description) }
  }

  /// Looked at by themselves: what is set is a method's parameter, whatever else has its name.
  private var choices: [MethodChoice] {
    get throws(AskError) {
      let names = methods.isEmpty ? [MethodCatalog.defaultName] : methods
      let stray = settings.first { setting in !names.contains { setting.name.hasPrefix($0 + ".") } }
      if names.count > 1, let stray {
        throw AskError(
          named: stray.name,
          "Of several methods a parameter stands after its method's name: --set \(names[0]).NAME=VALUE.")
      }
      return try names.map { name throws(AskError) in
        let prefix = name + "."
        let own = settings.filter { names.count == 1 || $0.name.hasPrefix(prefix) }
        return try MethodChoice(
          name,
          Dictionary(
            own.map { ($0.name.hasPrefix(prefix) ? String($0.name.dropFirst(prefix.count)) : $0.name, $0.value) }
          ) {
            $1
          })
      }
    }
  }

  var fields: [(name: String, value: String)] {
    var fields = settings.map { ($0.name, $0.value) }
    func add(_ field: AskField, _ value: String?) { if let value { fields.append((field.rawValue, value)) } }
    for name in classes { add(classes.count > 1 ? .classes : .class, name) }
    add(.against, against)
    for name in methods { add(methods.count > 1 ? .methods : .method, name) }
    for layer in layers { add(.layer, layer) }
    add(.fusion, fusion)
    add(.augmentation, augmentation)
    return fields
  }
}

/// `name=value`.
struct Setting: Hashable, Sendable, ExpressibleByArgument {
  let name: String
  let value: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    name = String(parts[0])
    value = String(parts[1])
  }
}
