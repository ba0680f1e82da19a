import Autodiff
import Explain
import Images
import Models
import Networks
import Synchronization

/// What a network says of a picture.
struct Reply: Sendable {
  /// The class with the greatest logit.
  let answer: Int
  let logits: [Float]
}

/// Asks a network about pictures at its own input, many at once, and counts them.
final class Respondent: Sendable {
  let classifier: Classifier
  private let engine: Engine
  private let progress: PassProgress
  private let expected: Int
  private let asked = Atomic(0)

  /// Pictures that are run together. Each gets the bits that it gets alone.
  private static let batch = 8

  /// - Parameter expected: at most so many passes will be asked for.
  init(_ classifier: Classifier, on engine: Engine, expecting expected: Int, progress: PassProgress) {
    self.classifier = classifier
    self.engine = engine
    self.expected = expected
    self.progress = progress
  }

  /// How many pictures the network has been run on.
  var passes: Int { asked.load(ordering: .relaxed) }

  /// Of `count` pictures the replies, in order.
  ///
  /// - Parameter picture: makes one, of the input's size; called from several threads at once.
  func replies(
    _ count: Int, _ picture: @escaping @Sendable (Int) -> RGBImage
  ) throws(AttributionError) -> [Reply] {
    let batches = (count + Self.batch - 1) / Self.batch
    let results = Guarded<[Result<[Reply], AttributionError>?]>(Array(repeating: nil, count: batches))
    let workers = engine.workers
    let group = 4 * workers.threadCount
    for start in stride(from: 0, to: batches, by: group) {
      let end = min(start + group, batches)
      workers.forEach(end - start) { [self] offset in
        let batch = start + offset
        let range = batch * Self.batch..<min((batch + 1) * Self.batch, count)
        let result = Result { () throws(AttributionError) in
          try workers.computing { () throws(AttributionError) in try run(range, picture) }
        }
        results.withLock { $0[batch] = result }
      }
      asked.add(min(end * Self.batch, count) - start * Self.batch, ordering: .relaxed)
      try progress.step(min(passes, expected), of: expected)
    }
    var replies: [Reply] = []
    replies.reserveCapacity(count)
    for result in results.withLock({ $0 }) { replies += try result!.get() }
    return replies
  }

  private func run(_ range: Range<Int>, _ picture: (Int) -> RGBImage) throws(AttributionError) -> [Reply] {
    let preprocessing = classifier.preprocessing
    let count = preprocessing.inputShape.count
    let images = range.map(picture)
    let input = Tensor(Shape([range.count] + preprocessing.inputShape.extents.dropFirst()), in: engine.pool) { values in
      for (place, image) in images.enumerated() {
        preprocessing.scale(
          image, into: UnsafeMutableBufferPointer(rebasing: values[place * count..<(place + 1) * count]))
      }
    }
    return try ForwardPass.logits(of: input, by: classifier, on: engine).map {
      Reply(answer: $0.indexOfLargest!, logits: $0)
    }
  }
}
