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
    help: "\(AskField.method.help) 'gaze methods' lists them.", completion: .list(MethodCatalog.entries.map(\.name)))
  var method: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A parameter of the method, as 'gaze methods' lists it; may be given again.", valueName: "name=value"))
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
    do throws(AskError) { _ = try choice } catch { throw ValidationError(error.description) }
  }

  private var choice: MethodChoice {
    get throws(AskError) {
      try MethodChoice(
        method ?? MethodCatalog.defaultName, Dictionary(settings.map { ($0.name, $0.value) }) { _, last in last })
    }
  }

  var fields: [(name: String, value: String)] {
    var fields = settings.map { ($0.name, $0.value) }
    func add(_ field: AskField, _ value: String?) { if let value { fields.append((field.rawValue, value)) } }
    for name in classes { add(classes.count > 1 ? .classes : .class, name) }
    add(.against, against)
    add(.method, method)
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
