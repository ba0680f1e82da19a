import Autodiff
import Explain
import Foundation
import Images
import Models
import Networks
import Synchronization

/// One model on labelled images: what it answers, and, where that is wanted, by which evidence.
struct ImageEvaluator: Sendable {
  let classifier: Classifier
  /// nil where nothing is to be explained.
  let method: (any AttributionMethod)?
  let layers: [String]
  /// The folder of drawn masks; nil where the object is to be estimated.
  let masks: String?
  /// What images' samples are stretched by; nil takes them as stored.
  let window: SampleWindow?
  let engine: Engine

  /// Where the evidence for the predicted class lies.
  struct Explained: Sendable {
    /// The difference from the map's zero, where it has one.
    let map: SaliencyMap
    /// What the network saw.
    let seen: RGBImage
    /// nil where nothing is known of the object.
    let object: ForegroundMask?
    /// nil without an object or without positive evidence.
    let evidence: BackgroundEvidence?
  }

  func analyse(
    _ item: EvaluationData.Item, displaySide: Int = 1
  ) throws -> (analysis: Analysis, decoded: DecodedImage) {
    try analyse(file: item.path, displaySide: displaySide)
  }

  func analyse(file path: String, displaySide: Int = 1) throws -> (analysis: Analysis, decoded: DecodedImage) {
    let bytes = try readFile(path)
    do throws(AnalysisError) {
      let decoded = try Analysis.decode(.file(bytes), for: classifier, window: window, displaySide: displaySide)
      let analysis = try Analysis(
        of: decoded, decodedIn: .zero, by: classifier, on: engine, displaySide: displaySide)
      return (analysis, decoded)
    } catch {
      throw Failure(error, file: path)
    }
  }

  func explain(
    _ analysis: Analysis, _ decoded: DecodedImage, _ item: EvaluationData.Item, by method: any AttributionMethod
  ) throws -> Explained {
    let attribution = try map(of: analysis.topTarget.classIndex, analysis, item, by: method)
    let (seen, geometry) = classifier.preprocessing.crop(of: decoded)
    let object = try object(of: item, seen: seen, geometry)
    return Explained(
      map: attribution.evidence, seen: seen, object: object,
      evidence: object.flatMap { BackgroundEvidence(of: attribution.evidenceOnInput(), foreground: $0) })
  }

  func map(
    of classIndex: Int, _ analysis: Analysis, _ item: EvaluationData.Item, by method: any AttributionMethod
  ) throws -> Attribution {
    let quiet = PassProgress(report: { _, _ in }, isCancelled: { Interruption.isRequested })
    do {
      return try analysis.explain(method, target: Target(classIndex), layers: layers, progress: quiet)
    } catch {
      if error == .cancelled { throw error }
      throw Failure(.badData, "\(item.path): \(error)")
    }
  }

  /// The object on the network's input.
  func object(
    of item: EvaluationData.Item, seen: RGBImage, _ geometry: CropGeometry
  ) throws -> ForegroundMask? {
    guard let masks else { return ForegroundEstimate(of: seen).mask?.resized(to: seen.size) }
    let path = masks + "/" + (item.name as NSString).deletingPathExtension + ".png"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let mask = try decodeImage(readFile(path)).image
      let (width, height) = (geometry.original.width, geometry.original.height)
      guard abs(mask.width * height - mask.height * width) <= max(mask.width, mask.height) * 2 else {
        throw Failure(
          .badData, "the mask \(path) is \(mask.size) and its image \(geometry.original): a mask has its image's shape."
        )
      }
      return ForegroundMask(of: mask, seenBy: geometry)
    } catch let error as ImageError {
      throw Failure(.badData, "\(path): \(error)")
    }
  }
}

/// What became of one image, as it stands in `report.json`.
struct ImageRecord: Encodable, Hashable, Sendable {
  let file: String
  let labelled: Prediction
  let predicted: Prediction
  let background: BackgroundEvidence?
  /// nil where none were drawn.
  var pictures: Pictures?
  let outcome: ClassificationReport.Outcome

  /// Files of the report.
  struct Pictures: Encodable, Hashable, Sendable {
    let photograph: String
    /// The map for the answer, and for the label where that is another class.
    let predicted: String
    let labelled: String?
  }

  init(_ item: EvaluationData.Item, _ analysis: Analysis, _ background: BackgroundEvidence?) {
    file = item.name
    labelled = analysis.prediction(item.classIndex).withoutWordNetID
    predicted = analysis.predictions(1)[0].withoutWordNetID
    self.background = background
    let (logits, classifier) = (analysis.pass.logits, analysis.classifier)
    func certainty(_ temperature: Double) -> Certainty {
      Certainty(of: logits, labelled: item.classIndex, at: temperature, by: classifier.output)
    }
    outcome = ClassificationReport.Outcome(
      labelled: item.classIndex, predicted: predicted.label.index, certainty: certainty(classifier.temperature),
      rawCertainty: classifier.manifest.calibration.map { _ in certainty(1) })
  }

  var isCorrect: Bool { outcome.isCorrect }

  private enum CodingKeys: String, CodingKey {
    case file, labelled, predicted, background, pictures
  }
}

/// Where the network looked on the images of a class, or of all.
struct Looks: Sendable {
  /// By the predicted class's evidence.
  var map = MeanMap()
  var picture = MeanPicture()
  var withoutObject = 0
}

/// Which images are taken together.
enum OutcomeGroup: String, CaseIterable, Sendable {
  case all, right, wrong

  func holds(_ record: ImageRecord) -> Bool {
    switch self {
    case .all: true
    case .right: record.isCorrect
    case .wrong: !record.isCorrect
    }
  }
}

/// What is gathered while images are evaluated, in any order.
final class EvaluationAccount: Sendable {
  struct Key: Hashable, Sendable {
    /// The class that images are labelled with; nil for all.
    let classIndex: Int?
    let group: OutcomeGroup
  }

  struct State: Sendable {
    var records: [Int: ImageRecord] = [:]
    var looks: [Key: Looks] = [:]
  }

  private let state = Mutex(State())
  /// Whether there are few enough classes to look at each.
  private let keepsClasses: Bool

  init(keepsClasses: Bool) { self.keepsClasses = keepsClasses }

  var current: State { state.withLock { $0 } }

  func add(_ record: ImageRecord, at index: Int, _ explained: ImageEvaluator.Explained?) {
    state.withLock { state in
      state.records[index] = record
      guard let explained else { return }
      for classIndex in keepsClasses ? [nil, record.labelled.label.index] : [nil] {
        for group in OutcomeGroup.allCases where group.holds(record) {
          var looks = state.looks.removeValue(forKey: Key(classIndex: classIndex, group: group)) ?? Looks()
          looks.map.add(explained.map)
          looks.picture.add(explained.seen)
          if explained.object == nil { looks.withoutObject += 1 }
          state.looks[Key(classIndex: classIndex, group: group)] = looks
        }
      }
    }
  }
}
