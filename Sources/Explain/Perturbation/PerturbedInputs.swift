import Autodiff

/// An image that is changed in many ways: what the network says of each.
extension ForwardPass {
  /// For each target the scores of `count` changed copies of the input, each of which is run once.
  ///
  /// The copies are made in parallel and run in batches, so that memory is bounded by one batch whatever `count`; a
  /// score depends neither on the batch that its copy is in nor on the number of threads. Between two batches progress is reported and
  /// cancellation obeyed.
  ///
  /// - Parameters:
  ///   - progress: steps from 0 to `count`.
  ///   - write: writes copy `index`, [H, W, 3], every element; called from several threads at once.
  ///   - batch: how many copies are run at once.
  func scores(
    of count: Int,
    changedInputs write: @escaping @Sendable (_ index: Int, _ copy: UnsafeMutableBufferPointer<Float>) -> Void,
    targets: [Target], as score: Score, progress: Progress, batch: Int = preferredBatch
  ) throws(AttributionError) -> [[Double]] {
    let (size, shape) = (input.count, input.shape)
    var scores = Scores(of: targets, as: score)
    try progress.step(0, of: count)
    while scores.count < count {
      let first = scores.count
      let batch = min(batch, count - first)
      let copies = Tensor([batch, shape[1], shape[2], shape[3]], in: engine.pool) { elements in
        let base = elements.baseAddress!
        engine.workers.forEach(batch) { index in
          write(first + index, UnsafeMutableBufferPointer(start: base + index * size, count: size))
        }
      }
      scores.append(try logits(of: copies))
      try progress.step(scores.count, of: count)
    }
    return scores.values
  }

  /// For each target the scores of copies of the input that are changed in a box each: where the network's stages say how far they
  /// reach, only what the boxes reach is run (`LocalChange`).
  ///
  /// - Parameters:
  ///   - boxes: one for each copy; not empty.
  ///   - progress: steps from 0 to the number of copies.
  ///   - write: what changes.
  func scores(
    ofCopiesChangedIn boxes: [LocalChange.Box], write: @escaping LocalChange.Change, targets: [Target],
    as score: Score, progress: Progress, batch: Int = preferredBatch
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
        }, targets: targets, as: score, progress: progress, batch: batch)
    }
    var scores = Scores(of: targets, as: score)
    try progress.step(0, of: boxes.count)
    while scores.count < boxes.count {
      let copies = scores.count..<min(scores.count + batch, boxes.count)
      scores.append(try local.logits(of: copies, write: write))
      try progress.step(scores.count, of: boxes.count)
    }
    return scores.values
  }
}

/// Scores as they come in, a row of them for each target.
struct Scores {
  private let targets: [Target]
  private let score: Score
  private(set) var values: [[Double]]

  init(of targets: [Target], as score: Score) {
    self.targets = targets
    self.score = score
    values = targets.map { _ in [] }
  }

  /// How many inputs have been scored.
  var count: Int { values[0].count }

  /// - Parameter logits: of one input each.
  mutating func append(_ logits: [[Float]]) {
    for (index, target) in targets.enumerated() {
      values[index] += logits.map { score.value(of: $0, for: target) }
    }
  }
}
