import Autodiff
import Drawing
import Explain
import Foundation
import Images
import Models
import Networks

/// Explains photographs by one model, one method and one recipe, for one class or for several side by side.
struct Explainer: Sendable {
  let classifier: Classifier
  let method: any AttributionMethod
  /// Empty for the class that the network finds most likely.
  let classes: [Int]
  let against: Int?
  let layers: [String]
  let fusion: LayerFusion
  let augmentation: Augmentation
  private let recipe: DisplayRecipe
  private let sharesRange: Bool
  private let isOverlay: Bool
  /// The picture's longer side, at most.
  private let side: Int
  /// What was asked for, as it stands in the results.
  let request: ExplanationRequest

  init(_ options: MethodOptions, _ display: DisplayOptions, classifier: Classifier) throws {
    self.classifier = classifier
    do throws(AttributionError) {
      method = try options.makeMethod()
    } catch {
      throw Failure(error)
    }
    classes = try options.classTexts.map { text throws(Failure) in try findClass(text, in: classifier) }
    if Set(classes).count < classes.count { throw Failure(.usage, "--class names a class twice.") }
    against = try options.against.map { text throws(Failure) in try findClass(text, in: classifier) }
    if let against, classes.contains(against) { throw Failure(.usage, "--class and --against name the same class.") }
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
    sharesRange = display.range == .shared
    isOverlay = !display.noOverlay
    side = display.side
    request = ExplanationRequest(
      gaze: gazeVersion, model: classifier.name, weightsSHA256: classifier.manifest.weightsSHA256,
      method: method.name, set: options.values, classes: classes, against: against, layers: layers,
      fusion: fusion.rawValue, augmentation: augmentation.rawValue, display: display.request)
  }

  /// - Parameter name: of the photograph, for messages.
  func explain(
    _ bytes: [UInt8], named name: String, on engine: Engine, progress: Explain.Progress = .none
  ) throws -> Explanation {
    do {
      let analysis = try Analysis(of: bytes, by: classifier, on: engine, displaySide: side)
      let targets = (classes.isEmpty ? [analysis.topTarget.classIndex] : classes).map { Target($0, against: against) }
      let attributions = try analysis.explain(
        method, targets: targets, layers: layers, fusion: fusion, augmentation: augmentation, progress: progress)
      var recipe = recipe
      if sharesRange { recipe.range = .shared(by: attributions.map(\.map), evidence: recipe.evidence) }
      return Explanation(analysis: analysis, attributions: attributions, recipe: recipe, isOverlay: isOverlay)
    } catch let error as AnalysisError {
      throw Failure(error, file: name)
    } catch let error as AttributionError {
      if error == .cancelled { throw error }
      // All that could be wrong for every photograph has been looked at: this one is at fault.
      throw Failure(.badData, "\(name): \(error)")
    }
  }

  func record(_ explanation: Explanation, of source: Source) -> ExplanationRecord {
    ExplanationRecord(
      receipts: explanation.receipts, provenance: Provenance(source: source, request: request))
  }
}

/// What is to be written of one photograph.
struct Explanation: Sendable {
  let analysis: Analysis
  /// One for each class.
  let attributions: [Attribution]
  let recipe: DisplayRecipe
  let isOverlay: Bool

  /// The picture, as PNG; of several classes side by side.
  func png() throws(DrawingError) -> [UInt8] {
    let loop = analysis.pass.engine.workers.forEach
    guard attributions.count > 1 else {
      return try attributions[0].png(over: analysis.display, recipe: recipe, isOverlay: isOverlay, by: loop)
    }
    return encodePNG(try pictureSheet(of: attributions, over: analysis.display, recipe: recipe), by: loop)
  }

  /// The raw map, as NumPy array: [H, W], of several classes [classes, H, W].
  var npy: [UInt8] {
    attributions.count > 1 ? NPY.encode(attributions.map(\.map)) : NPY.encode(attributions[0].map)
  }

  var receipts: [Receipt] {
    attributions.map { $0.receipt(recipe: recipe, isOverlay: isOverlay, imageSize: analysis.display.size) }
  }
}

/// What was asked for, before any photograph was seen.
struct ExplanationRequest: Codable, Hashable, Sendable {
  let gaze: String
  let model: String
  let weightsSHA256: String
  let method: String
  let set: [String: String]
  let classes: [Int]
  let against: Int?
  let layers: [String]
  let fusion: String
  let augmentation: String
  let display: DisplayRequest

  private enum CodingKeys: String, CodingKey {
    case gaze, model, method, set, classes, against, layers, fusion, augmentation, display
    case weightsSHA256 = "weights_sha256"
  }
}

/// Receipts with what they are of: one JSON object, the receipt's keys, or `receipts` of several classes, beside `source` and `request`.
struct ExplanationRecord: Encodable {
  let receipts: [Receipt]
  let provenance: Provenance<ExplanationRequest>

  private enum CodingKeys: String, CodingKey {
    case receipts
  }

  func encode(to encoder: any Encoder) throws {
    if receipts.count == 1 {
      try receipts[0].encode(to: encoder)
    } else {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(receipts, forKey: .receipts)
    }
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
