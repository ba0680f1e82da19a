import ArgumentParser
import Explain
import Models
import Networks

/// What to explain, and by which method.
struct MethodOptions: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "The class to explain: an index (281), a WordNet id (n02123045) or a label (tabby); may be given again, for several side by "
        + "side. Default: the top one.",
      valueName: "class"))
  var classTexts: [String] = []

  @Option(help: ArgumentHelp("Explain the class against this one: why A and not B.", valueName: "class"))
  var against: String?

  @Option(help: "The method, as 'gaze methods' lists it.", completion: .list(MethodCatalog.entries.map(\.name)))
  var method = MethodCatalog.defaultName

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A parameter of the method, as 'gaze methods' lists it; may be given again.", valueName: "name=value"))
  var settings: [Setting] = []

  @Option(
    name: .customLong("layer"),
    help: ArgumentHelp(
      "The layer to look at; may be given again. Default: the model's own. 'gaze models check' lists them.",
      valueName: "layer"))
  var layers: [String] = []

  @Option(help: "How the maps of several layers become one.")
  var fusion = LayerFusion.mean

  @Option(help: "Changed copies of the photograph to explain too.")
  var augmentation = TestTimeAugmentation.none

  func validate() throws {
    for (index, setting) in settings.enumerated() where settings[..<index].contains(where: { $0.name == setting.name })
    {
      throw ValidationError("--set gives '\(setting.name)' twice.")
    }
    do throws(AttributionError) {
      _ = try makeMethod()
    } catch {
      throw ValidationError(error.description)
    }
  }

  var values: [String: String] { Dictionary(settings.map { ($0.name, $0.value) }) { _, last in last } }

  func makeMethod() throws(AttributionError) -> any AttributionMethod {
    try MethodCatalog.method(named: method, values)
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

extension LayerFusion: ExpressibleByArgument {}
extension TestTimeAugmentation: ExpressibleByArgument {}

/// The class that a user means.
func findClass(_ text: String, in classifier: Classifier) throws(Failure) -> Int {
  if let label = classifier.labels.find(text) { return label.index }
  throw Failure(.usage, "\(classifier.name) has no class '\(text)'; use \(classifier.labels.remedy(for: text))")
}
