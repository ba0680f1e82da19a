import Autodiff
import Explain
import Foundation
import Images
import Models

/// Explains photographs by one model, as they were asked for.
struct Explainer: Sendable {
  let classifier: Classifier
  private let asked: ResolvedAsk
  /// Signs the receipts; nil leaves them unsigned.
  private let signer: (any ReceiptSigner)?
  /// What was asked for, as it stands in the results.
  let request: ExplanationRequest

  init(_ ask: Ask, classifier: Classifier, signer: (any ReceiptSigner)? = nil) throws {
    self.classifier = classifier
    self.signer = signer
    do throws(AskError) {
      asked = try ask.resolved(in: classifier, spelling: .commandLine)
    } catch {
      throw Failure(error)
    }
    request = ExplanationRequest(asked, of: classifier)
  }

  /// - Parameter name: of the photograph, for messages.
  func explain(
    _ bytes: [UInt8], named name: String, on engine: Engine, progress: PassProgress = .none
  ) throws -> Answer {
    do {
      let analysis = try Analysis(
        of: bytes, by: classifier, on: engine, window: asked.ask.window, displaySide: asked.presentation.side)
      return try analysis.answer(asked, signer: signer, progress: progress)
    } catch let error as AnalysisError {
      throw Failure(error, file: name)
    } catch let error as AttributionError {
      if error == .cancelled { throw error }
      // All that could be wrong for every photograph has been looked at: this one is at fault.
      throw Failure(.badData, "\(name): \(error)")
    }
  }

  func record(_ answer: Answer, of source: Source) -> ExplanationRecord {
    ExplanationRecord(receipts: answer.receipts, provenance: Provenance(source: source, request: request))
  }
}

/// What was asked for, before any photograph was seen.
struct ExplanationRequest: Codable, Hashable, Sendable {
  let gaze: String
  let model: String
  let weightsSHA256: String
  /// nil where none is fitted.
  let temperature: Double?
  let method: String
  let set: [String: String]
  let classes: [Int]
  let against: Int?
  let layers: [String]
  let fusion: String
  let augmentation: String
  /// `0,4095`; nil where samples are as stored.
  let window: String?
  let display: DisplayRequest

  private enum CodingKeys: String, CodingKey {
    case gaze, model, temperature, method, set, classes, against, layers, fusion, augmentation, window, display
    case weightsSHA256 = "weights_sha256"
  }

  init(_ asked: ResolvedAsk, of classifier: Classifier) {
    let ask = asked.ask
    gaze = gazeVersion
    model = classifier.name
    weightsSHA256 = classifier.manifest.weightsSHA256
    temperature = classifier.manifest.calibration?.temperature
    let methods = ask.methods.all
    method = methods.map(\.name).joined(separator: ",")
    set =
      methods.count == 1
      ? methods[0].given
      : methods.reduce(into: [:]) { set, method in
        for (name, value) in method.given { set["\(method.name).\(name)"] = value }
      }
    classes = asked.classes
    against = asked.against
    layers = ask.layers
    fusion = ask.fusion.rawValue
    augmentation = ask.augmentation.rawValue
    window = ask.window?.text
    display = DisplayRequest(ask.presentation)
  }
}

/// All that the picture depends on, as it stands in a result's file.
struct DisplayRequest: Codable, Hashable, Sendable {
  let colormap: String
  let evidence: String
  let range: String
  let contours: [Double]
  let colorbar: Bool
  let unseen: String
  let alpha: Double
  /// nil where the opacity is the same everywhere.
  let fade: String?
  let overlay: Bool
  let side: Int

  init(_ presentation: Presentation) {
    let recipe = presentation.recipe
    colormap = recipe.colorMap.rawValue
    evidence = recipe.evidence.rawValue
    range = presentation.sharesRange ? "shared" : recipe.range.written
    contours = recipe.contours
    colorbar = recipe.hasColorBar
    unseen = recipe.unseen.rawValue
    alpha = recipe.opacity
    fade = recipe.fade == .none ? nil : recipe.fade.rawValue
    overlay = presentation.isOverlay
    side = presentation.side
  }
}

/// Receipts with what they are of: one JSON object, the receipt's keys, or `receipts` of several classes, beside
/// `source` and `request`.
struct ExplanationRecord: Encodable {
  let receipts: Answer.Receipts
  let provenance: Provenance<ExplanationRequest>

  func encode(to encoder: any Encoder) throws {
    try receipts.encode(to: encoder)
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
