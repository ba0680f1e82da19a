import Autodiff
import Explain
import Foundation
import Images
import Networks

/// Explains photographs by one model, one method and one recipe.
struct Explainer: Sendable {
  let classifier: Classifier
  let method: any AttributionMethod
  /// nil for the class that the network finds most likely.
  let classIndex: Int?
  let against: Int?
  let layers: [String]
  let fusion: LayerFusion
  let augmentation: Augmentation
  let recipe: DisplayRecipe
  let isOverlay: Bool
  /// What was asked for, as it stands in the results.
  let request: ExplanationRequest

  init(_ options: MethodOptions, _ display: DisplayOptions, classifier: Classifier) throws {
    self.classifier = classifier
    do throws(AttributionError) {
      method = try options.makeMethod()
    } catch {
      throw Failure(error)
    }
    classIndex = try options.classText.map { text throws(Failure) in try findClass(text, in: classifier) }
    against = try options.against.map { text throws(Failure) in try findClass(text, in: classifier) }
    if let against, against == classIndex { throw Failure(.usage, "--class and --against name the same class.") }
    if !options.layers.isEmpty && !method.usesLayer {
      throw Failure(.usage, "the method '\(method.name)' looks at no layer; leave --layer out.")
    }
    for layer in options.layers where !classifier.network.layers.contains(layer) {
      throw Failure(
        .usage,
        "\(classifier.name) has no layer '\(layer)'. It has \(classifier.network.layers.joined(separator: ", ")).")
    }
    layers = options.layers
    fusion = options.fusion
    augmentation = options.augmentation
    recipe = display.recipe
    isOverlay = !display.noOverlay
    request = ExplanationRequest(
      gaze: gazeVersion, model: classifier.name, weightsSHA256: classifier.manifest.weightsSHA256,
      method: method.name, set: options.values, class: classIndex, against: against, layers: layers,
      fusion: fusion.rawValue, augmentation: augmentation.rawValue, display: display.request)
  }

  /// - Parameter name: of the photograph, for messages.
  func explain(
    _ bytes: [UInt8], named name: String, on engine: Engine, progress: Explain.Progress = .none
  ) throws -> (analysis: Analysis, attribution: Attribution) {
    do {
      let analysis = try Analysis(of: bytes, by: classifier, on: engine)
      let target = Target(classIndex ?? analysis.topTarget.classIndex, against: against)
      let attribution = try analysis.explain(
        method, target: target, layers: layers, fusion: fusion, augmentation: augmentation, progress: progress)
      return (analysis, attribution)
    } catch let error as AnalysisError {
      throw Failure(error, file: name)
    } catch let error as AttributionError {
      if error == .cancelled { throw error }
      // All that could be wrong for every photograph has been looked at: this one is at fault.
      throw Failure(.badData, "\(name): \(error)")
    }
  }

  func picture(_ analysis: Analysis, _ attribution: Attribution) -> [UInt8] {
    attribution.png(over: analysis.display, recipe: recipe, isOverlay: isOverlay)
  }

  func record(_ attribution: Attribution, of source: Source) -> ExplanationRecord {
    ExplanationRecord(
      receipt: attribution.receipt(recipe: recipe), provenance: Provenance(source: source, request: request))
  }
}

/// What was asked for, before any photograph was seen.
struct ExplanationRequest: Codable, Hashable, Sendable {
  let gaze: String
  let model: String
  let weightsSHA256: String
  let method: String
  let set: [String: String]
  let `class`: Int?
  let against: Int?
  let layers: [String]
  let fusion: String
  let augmentation: String
  let display: DisplayRequest

  private enum CodingKeys: String, CodingKey {
    case gaze, model, method, set, `class`, against, layers, fusion, augmentation, display
    case weightsSHA256 = "weights_sha256"
  }
}

/// A receipt with what it is of: one JSON object, the receipt's keys beside `source` and `request`.
struct ExplanationRecord: Encodable {
  let receipt: Receipt
  let provenance: Provenance<ExplanationRequest>

  func encode(to encoder: any Encoder) throws {
    try receipt.encode(to: encoder)
    try provenance.encode(to: encoder)
  }
}

/// Where the results of a photograph go in a folder.
struct ExplanationFiles: Hashable, Sendable {
  let picture: String
  let map: String
  /// Written last: where it is, the others are.
  let receipt: String

  init(of photograph: Photograph, in folder: String) {
    let path = folder + (folder.hasSuffix("/") ? "" : "/") + photograph.stem
    picture = path + ".png"
    map = path + ".npy"
    receipt = path + ".json"
  }

  var all: [String] { [picture, map, receipt] }
}
