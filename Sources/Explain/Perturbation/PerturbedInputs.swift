import Autodiff

/// An image that is changed in many ways: what the network says of each.
extension ForwardPass {
  /// The scores of `count` changed copies of the input.
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
    target: Target, as score: Score, progress: Progress, batch: Int = preferredBatch
  ) throws(AttributionError) -> [Double] {
    let (size, shape) = (input.count, input.shape)
    var scores: [Double] = []
    scores.reserveCapacity(count)
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
      for row in try logits(of: copies) { scores.append(score.value(of: row, for: target)) }
      try progress.step(scores.count, of: count)
    }
    return scores
  }
}
