import Autodiff
import Drawing
import Explain
import Foundation
import Images
import Interventions
import Models
import Networks
import Synchronization

/// The folder of a report: `index.html`, `report.json` and `pictures`, which open from disk and need nothing else.
struct ReportFolder: Sendable {
  let path: String

  /// Pictures are shown at least this large, so that a map can be seen on them.
  private static let side = 256
  /// How many images with the most evidence outside their object are shown, besides the mistakes.
  static let suspectCount = 12

  /// - Throws: if the folder holds anything that is not a report.
  init(_ path: String) throws(Failure) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    // Not after hours of evaluation.
    do { try requireDrawing() } catch { throw Failure(error) }
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard isFolder(path) else { throw Failure(.usage, "\(path) is a file; a report needs a folder.") }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    // Pictures alone are what an interrupted run leaves.
    guard names.isEmpty || names == ["pictures"] || names.contains("report.json") else {
      throw Failure(.usage, "\(path) holds files that are not a report; name a new folder with --report.")
    }
  }

  /// Makes the pictures, on all threads, then the documents.
  ///
  /// - Returns: false if it was interrupted by Ctrl-C.
  func write(
    _ evaluation: ModelEvaluation, of data: EvaluationData, by evaluator: ImageEvaluator, on engine: Engine
  ) async throws -> Bool {
    let pictures = path + "/pictures"
    try makeFolder(for: pictures + "/x")
    // An older report's, of other images.
    for name in (try? FileManager.default.contentsOfDirectory(atPath: pictures)) ?? [] {
      try? FileManager.default.removeItem(atPath: pictures + "/" + name)
    }
    let mistakes = evaluation.records.filter { !$0.record.isCorrect }
    let suspects = Self.suspects(of: evaluation)
    let drawn = mistakes + suspects
    FileHandle.standardError.write(Data("Drawing \(drawn.count) images for the report\n".utf8))
    let entries = Entries()
    let result = try await runBatch(drawn, on: engine) { entry, _, _ in
      entries.add(try draw(data.items[entry.index], entry.index, entry.record, by: evaluator), at: entry.index)
      return .done
    }
    if result.isInterrupted { return false }
    if let first = result.bad.first { throw Failure(.badData, first.reason) }

    let looks = try drawLooks(evaluation)
    let page = ReportPage(
      evaluation, labels: evaluator.classifier.labels, entries: entries.all, mistakes: mistakes.map(\.index),
      suspects: suspects.map(\.index), looks: looks)
    try write(
      ConfusionPlot(evaluation.results.confusion, labels: evaluator.classifier.labels).figure().rgb(), "confusion")
    try write(ReliabilityPlot(evaluation.results.calibration).figure().rgb(), "reliability")
    try drawFindings(evaluation.shortcuts?.findings ?? [])
    try writeFile(json(evaluation.illustrated(by: entries.all, looks)), to: path + "/report.json")
    try writeFile(page.html().text.utf8, to: path + "/index.html")
    return true
  }

  /// Right for the wrong reason: correctly classified images with more evidence outside the object than a map that
  /// knows nothing of the image, the most first.
  private static func suspects(of evaluation: ModelEvaluation) -> [(index: Int, record: ImageRecord)] {
    let found = evaluation.records.filter { $0.record.isCorrect && ($0.record.background?.excess ?? -1) > 0 }
    return Array(
      found.sorted { one, other in
        let (a, b) = (one.record.background!.excess, other.record.background!.excess)
        return a == b ? one.index < other.index : a > b
      }.prefix(suspectCount))
  }

  private func write(_ picture: RGBImage, _ name: String) throws {
    try writeFile(encodePNG(picture), to: path + "/pictures/" + name + ".png")
  }

  // MARK: One image

  private func draw(
    _ item: EvaluationData.Item, _ index: Int, _ record: ImageRecord, by evaluator: ImageEvaluator
  ) throws -> ReportEntry {
    let method = evaluator.method!
    let (analysis, decoded) = try evaluator.analyse(item, displaySide: 2 * Self.side)
    let explained = try evaluator.explain(analysis, decoded, item, by: method)
    let display = Self.enlarged(analysis.display)
    func add(_ picture: RGBImage, _ name: String) throws -> String {
      let file = "pictures/\(index)-\(name).jpg"
      try writeFile(encodeJPEG(picture, quality: 85), to: path + "/" + file)
      return file
    }
    func map(of classIndex: Int, _ name: String) throws -> ReportEntry.Map {
      let attribution = try evaluator.map(of: classIndex, analysis, item, by: method)
      let picture = try renderOverlay(
        attribution.evidence, over: display, crop: attribution.geometry.region,
        originalSize: attribution.geometry.original)
      return ReportEntry.Map(file: try add(picture.picture, name), peak: picture.limit, status: picture.status)
    }
    return ReportEntry(
      record: record, size: display.size, photograph: try add(display, "photograph"),
      predicted: try map(of: record.predicted.label.index, "predicted"),
      labelled: record.isCorrect ? nil : try map(of: record.labelled.label.index, "labelled"),
      object: try explained.object.map { try add($0.shown(on: Self.enlarged(explained.seen)), "object") })
  }

  /// A small picture, enlarged by a whole number.
  private static func enlarged(_ image: RGBImage) -> RGBImage {
    let factor = (side + max(image.width, image.height) - 1) / max(image.width, image.height)
    guard factor > 1 else { return image }
    return resize(
      image, to: ImageSize(width: factor * image.width, height: factor * image.height), filter: .bicubic)
  }

  // MARK: Findings

  private func drawFindings(_ findings: [Cue]) throws {
    for (number, cue) in findings.enumerated() {
      for isTransplant in [false, true] {
        for (index, example) in (cue.strongest(isTransplant: isTransplant)?.examples ?? []).enumerated() {
          for (moment, image) in [("before", example.before), ("after", example.after)] {
            let file = ReportPage.picture(of: number, isTransplant, index, moment)
            try writeFile(encodePNG(Self.enlarged(image)), to: path + "/" + file)
          }
        }
      }
    }
  }

  // MARK: Mean maps

  private func drawLooks(_ evaluation: ModelEvaluation) throws -> [EvaluationAccount.Key: ReportLooks] {
    var result: [EvaluationAccount.Key: ReportLooks] = [:]
    for (key, looks) in evaluation.looks {
      guard let map = looks.map.mean, let mean = looks.picture.mean else { continue }
      let ground = Self.enlarged(mean)
      let picture = try renderOverlay(
        map, over: ground, crop: ImageRegion(x: 0, y: 0, width: Double(ground.width), height: Double(ground.height)),
        originalSize: ground.size, recipe: DisplayRecipe(opacity: 0.6, range: .fixed(1), hasColorBar: true))
      let name = "mean-\(key.classIndex.map(String.init) ?? "all")-\(key.group.rawValue)"
      try write(picture.picture, name)
      result[key] = ReportLooks(
        file: "pictures/\(name).png", size: picture.picture.size, images: looks.map.count, peak: map.maximum)
    }
    return result
  }
}

/// One image of the report, drawn.
struct ReportEntry: Sendable {
  struct Map: Sendable {
    let file: String
    /// The largest value of the map: what the last colour stands for.
    let peak: Double
    let status: MapStatus
  }

  let record: ImageRecord
  let size: ImageSize
  let photograph: String
  let predicted: Map
  /// nil where both are one class.
  let labelled: Map?
  /// nil where nothing is known of the object.
  let object: String?
}

/// A mean map, drawn.
struct ReportLooks: Sendable {
  let file: String
  let size: ImageSize
  let images: Int
  let peak: Float
}

/// What threads have drawn.
private final class Entries: Sendable {
  private let entries = Mutex<[Int: ReportEntry]>([:])

  func add(_ entry: ReportEntry, at index: Int) { entries.withLock { $0[index] = entry } }
  var all: [Int: ReportEntry] { entries.withLock { $0 } }
}
