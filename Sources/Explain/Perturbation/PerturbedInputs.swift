import Autodiff
import Models

/// An image that is changed in many ways: what the network says of each.
extension ForwardPass {
  /// For each target the scores of `count` changed copies of the input, each of which is run once.
  ///
  /// Each copy is made and run as a computation of its own (`computations`), so that memory is bounded whatever
  /// `count`; a score depends neither on the other copies nor on the number of threads. Between two groups of copies
  /// progress is reported and cancellation obeyed.
  ///
  /// - Parameters:
  ///   - progress: steps from 0 to `count`.
  ///   - write: writes copy `index`, [H, W, 3], every element; called from several threads at once.
  ///   - group: how many copies are run between two reports; nil: `computationsAtOnce`.
  func scores(
    of count: Int,
    changedInputs write: @escaping @Sendable (_ index: Int, _ copy: UnsafeMutableBufferPointer<Float>) -> Void,
    targets: [Target], as score: Score, progress: PassProgress, group: Int? = nil
  ) throws(AttributionError) -> [[Double]] {
    try scores(of: count, targets: targets, as: score, progress: progress, group: group ?? computationsAtOnce) {
      index throws(AttributionError) in
      try logits(of: Tensor(input.shape, in: engine.pool) { write(index, $0) })[0]
    }
  }

  /// For each target the scores of copies of the input that are changed in a box each: where the network's stages say
  /// how far they reach, only what the boxes reach is run (`LocalChange`).
  ///
  /// - Parameters:
  ///   - boxes: one for each copy; not empty.
  ///   - progress: steps from 0 to the number of copies.
  ///   - write: what changes.
  func scores(
    ofCopiesChangedIn boxes: [LocalChange.Box], write: @escaping LocalChange.Change, targets: [Target],
    as score: Score, progress: PassProgress
  ) throws(AttributionError) -> [[Double]] {
    guard let local = boxes.isEmpty ? nil : LocalChange(of: self, boxes: boxes) else {
      let (input, width, channels) = (input, input.shape[2], input.shape[3])
      return try scores(
        of: boxes.count,
        changedInputs: { index, copy in
          input.withElements { copy.baseAddress!.initialize(from: $0.baseAddress!, count: $0.count) }
          let box = boxes[index]
          for row in box.rows {
            let start = (row * width + box.columns.lowerBound) * channels
            write(
              index, row, box.columns,
              UnsafeMutableBufferPointer(rebasing: copy[start..<start + box.columns.count * channels]))
          }
        }, targets: targets, as: score, progress: progress)
    }
    // Copies take different times, so there are more of them in a group: threads then end theirs about together.
    return try scores(of: boxes.count, targets: targets, as: score, progress: progress, group: 4 * computationsAtOnce) {
      index throws(AttributionError) in
      try local.logits(of: index, write: write)
    }
  }

  /// For each target the scores of the logits that `run` gives for each of `count` copies.
  private func scores(
    of count: Int, targets: [Target], as score: Score, progress: PassProgress, group: Int,
    run: @escaping @Sendable (_ index: Int) throws(AttributionError) -> [Float]
  ) throws(AttributionError) -> [[Double]] {
    var scores = Scores(of: targets, as: score, by: classifier)
    try progress.step(0, of: count)
    while scores.count < count {
      scores.append(try computations(scores.count..<min(scores.count + group, count), run))
      try progress.step(scores.count, of: count)
    }
    return scores.values
  }
}

/// Scores as they come in, a row of them for each target.
struct Scores {
  private let targets: [Target]
  private let score: Score
  private let classifier: Classifier
  private(set) var values: [[Double]]

  init(of targets: [Target], as score: Score, by classifier: Classifier) {
    self.targets = targets
    self.score = score
    self.classifier = classifier
    values = targets.map { _ in [] }
  }

  /// How many inputs have been scored.
  var count: Int { values[0].count }

  /// - Parameter logits: of one input each.
  mutating func append(_ logits: [[Float]]) {
    for (index, target) in targets.enumerated() {
      values[index] += logits.map { score.value(of: $0, for: target, by: classifier) }
    }
  }
}
