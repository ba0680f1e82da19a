import Autodiff
import Explain
import Foundation
import Images
import Interventions
import Models
import Networks

/// The interventions of an evaluation: keeps the pictures that are to be changed as they pass, then changes them.
final class Intervening: Sendable {
  private let evaluator: ImageEvaluator
  private let search = ShortcutSearch()
  private let chosen: Set<Int>
  private let pictures = Guarded<[Int: LabelledPicture]>([:])

  init(_ items: [EvaluationData.Item], by evaluator: ImageEvaluator) {
    self.evaluator = evaluator
    chosen = Set(search.chosen(from: items.map(\.classIndex)))
  }

  /// - Parameter explained: nil where the image was not explained, so that what the network saw is still to be made.
  func add(
    _ index: Int, _ item: EvaluationData.Item, _ decoded: DecodedImage, _ explained: ImageEvaluator.Explained?
  ) throws {
    guard chosen.contains(index) else { return }
    let picture: LabelledPicture
    if let explained {
      picture = LabelledPicture(image: explained.seen, classIndex: item.classIndex, object: explained.object)
    } else {
      let (seen, geometry) = evaluator.classifier.preprocessing.crop(of: decoded)
      picture = LabelledPicture(
        image: seen, classIndex: item.classIndex, object: try evaluator.object(of: item, seen: seen, geometry))
    }
    pictures.withLock { $0[index] = picture }
  }

  /// - Returns: nil if it was interrupted by Ctrl-C.
  func run() throws -> ShortcutReport? {
    let pictures = pictures.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    let expected = search.passes(for: pictures)
    FileHandle.standardError.write(
      Data("Changing \(pictures.count) images to see what the answers hang on: \(expected) passes at most\n".utf8))
    let display = BatchProgress(total: expected)
    let progress = PassProgress(
      report: { done, _ in display.reach(done) }, isCancelled: { Interruption.isRequested })
    defer { display.end() }
    do {
      return try search.run(on: pictures, by: evaluator.classifier, on: evaluator.engine, progress: progress)
    } catch {
      if error == .cancelled { return nil }
      throw Failure(error)
    }
  }
}
