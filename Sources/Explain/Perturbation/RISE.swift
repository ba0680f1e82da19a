import Autodiff

/// RISE: S[p] = 1 / (N E[M]) · sum over masks i of f(X * M_i) M_i[p], E[M] = `probability`.
///
/// A mask is a grid of s x s `cells`, each 1 with `probability` and else 0, stretched bilinearly (half-pixel centres,
/// edges clamped) over (s + 1) c pixels a side, c = ceil(side / s), and cut to the input at a random offset below c. f
/// is the target's probability as in the paper, or its logit.
///
/// Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", arXiv
/// 1806.07421, equation 6 and section 3.2. The paper takes 4000 masks for VGG-16 and 8000 for ResNet-50; with fewer the
/// map is noisier, the deviation falling with the square root.
///
/// Mask i depends on `seed` and i alone (`RandomNumbers`), and masks are added in their order, so the result does not
/// depend on batches or threads, and more masks continue the same series.
///
/// Property: a score that never changes, c, gives c · mean(M[p]) / E[M], which tends to c everywhere.
///
/// So the map is about the mean score, m = 1 / N · sum of f(X * M_i), which is its zero: what it tends to where f does
/// not depend on whether a pixel is seen. What is left of it there, m · (mean(M[p]) / E[M] − 1), is noise of the masks;
/// its largest magnitude is the note `mask_noise`. Where the rest of the map, which does depend on the scores, is below
/// a sixteenth of that, as for scores that hardly change, all of the map counts as noise.
package struct RISE: AttributionMethod {
  package var masks: Int
  package var cells: Int
  package var probability: Double
  package var seed: UInt64
  package var score: Score

  /// Where nothing is set.
  package static let defaults = RISE(masks: 2000, cells: 7, probability: 0.5, seed: 0, score: .probability)

  package init(
    masks: Int = defaults.masks, cells: Int = defaults.cells, probability: Double = defaults.probability,
    seed: UInt64 = defaults.seed, score: Score = defaults.score
  ) {
    self.masks = masks
    self.cells = cells
    self.probability = probability
    self.seed = seed
    self.score = score
  }

  package var name: String { "rise" }
  package var resolution: Resolution { .input }
  package var parameters: [MethodParameter] {
    [
      MethodParameter("masks", .integer(masks)), MethodParameter("cells", .integer(cells)),
      MethodParameter("probability", .number(probability)),
      MethodParameter("seed", .integer(Int(truncatingIfNeeded: seed))),
      MethodParameter("score", .text(score.rawValue)),
    ]
  }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: masks) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = question.pass
    let (height, width, channels) = (pass.input.shape[1], pass.input.shape[2], pass.input.shape[3])
    guard masks >= 1 else { throw .badParameter("masks must be at least 1; it is \(masks).") }
    guard cells >= 1, cells <= min(width, height) else {
      throw .badParameter("cells must be from 1 to the input's shorter side, \(min(width, height)); it is \(cells).")
    }
    guard probability > 0, probability <= 1 else {
      throw .badParameter("probability must be above 0 and at most 1; it is \(probability).")
    }
    let pixels = width * height
    let input = pass.input
    let workers = pass.engine.workers
    func sums(of scores: [Double], from first: Int = 0) -> [Double] {
      sum(of: scores, from: first, width: width, height: height, on: workers)
    }
    var scores = question.targets.map { _ in [Double]() }
    // Of the masks that were looked at when somebody last wanted to see how far it is: with every target's scores, and
    // with ones.
    var seen = (count: 0, sums: scores.map { _ in [Double](repeating: 0, count: pixels) })
    seen.sums.append([Double](repeating: 0, count: pixels))
    let stretch = progress.isWatched ? Self.masksBetweenLooks * pass.computationsAtOnce : masks
    for first in stride(from: 0, to: masks, by: stretch) {
      let further = try pass.scores(
        of: min(stretch, masks - first),
        changedInputs: { index, copy in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels) { mask in
            write(mask: first + index, width: width, height: height, into: mask.baseAddress!)
            input.withElements { image in
              multiply(
                image.baseAddress!, by: mask.baseAddress!, pixels: pixels, channels: channels, into: copy.baseAddress!)
            }
          }
        }, targets: question.targets, as: score, progress: progress.after(first, of: masks))
      for index in scores.indices { scores[index] += further[index] }
      progress.offer {
        let (ones, old) = (Array(repeating: 1.0, count: scores[0].count), seen.count)
        for (index, row) in (scores + [ones]).enumerated() {
          let new = sums(of: Array(row[old...]), from: old)
          for pixel in 0..<pixels { seen.sums[index][pixel] += new[pixel] }
        }
        seen.count = ones.count
        return scores.indices.map { result(of: seen.sums[$0], shown: seen.sums.last!, scores[$0], width: width) }
      }
    }
    let shown = sums(of: Array(repeating: 1.0, count: masks))
    return scores.map { result(of: sums(of: $0), shown: shown, $0, width: width) }
  }

  /// How many masks are looked at between two occasions to see how far it is, for each computation at once.
  private static let masksBetweenLooks = 8

  /// - Parameters:
  ///   - sums: of the masks, each times its score.
  ///   - shown: the sums of the masks alone.
  ///   - scores: one for each mask.
  private func result(of sums: [Double], shown: [Double], _ scores: [Double], width: Int) -> MethodResult {
    let factor = 1 / (Double(scores.count) * probability)
    let mean = scores.reduce(0, +) / Double(scores.count)
    let sums = sums.map { $0 * factor }
    // mean(M[p]) / E[M]: the map of a score that is always 1.
    let (level, rest) = zip(sums, shown).reduce((0.0, 0.0)) { largest, cell in
      let shown = cell.1 * factor
      return (max(largest.0, abs(mean * (shown - 1))), max(largest.1, abs(cell.0 - mean * shown)))
    }
    let map = SaliencyMap(width: width, height: sums.count / width, values: sums.map { Float($0) })
    let differences = map.values.lazy.map { abs(Double($0) - mean) }
    return MethodResult(
      map: map, notes: [MethodParameter("mask_noise", .number(level))],
      zero: MapZero(
        mean, meaning: "mean score over the masks", noise: rest < level / 16 ? differences.max() ?? 0 : 0))
  }

  /// Writes mask `index`, `height` x `width` values.
  func write(mask index: Int, width: Int, height: Int, into mask: UnsafeMutablePointer<Float>) {
    let numbers = RandomNumbers(seed: seed, stream: UInt64(index))
    let (cellWidth, cellHeight) = ((width + cells - 1) / cells, (height + cells - 1) / cells)
    let grid = (0..<cells * cells).map { numbers.uniform($0 + 2) < probability ? Float(1) : 0 }
    let stretch = CellStretch(
      cells: cells, pictureWidth: (cells + 1) * cellWidth, pictureHeight: (cells + 1) * cellHeight,
      left: numbers.integer(0, below: cellWidth), top: numbers.integer(1, below: cellHeight), width: width,
      height: height)
    grid.withUnsafeBufferPointer { stretch($0, into: mask) }
  }

  /// The sum of the masks, each times its score, in Double. Groups of masks that follow from their number alone are
  /// summed in parallel, then the groups in their order.
  ///
  /// - Parameter first: the number of the first mask.
  private func sum(
    of scores: [Double], from first: Int, width: Int, height: Int, on workers: Workers
  ) -> [Double] {
    let pixels = width * height
    let groups = min(scores.count, 16)
    var sums = [Double](repeating: 0, count: groups * pixels)
    sums.withUnsafeMutableBufferPointer { sums in
      // Iterations write sums of their own.
      nonisolated(unsafe) let base = sums.baseAddress!
      workers.forEach(groups) { group in
        let sum = base + group * pixels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels) { mask in
          for index in group * scores.count / groups..<(group + 1) * scores.count / groups {
            write(mask: first + index, width: width, height: height, into: mask.baseAddress!)
            for pixel in 0..<pixels { sum[pixel] += scores[index] * Double(mask[pixel]) }
          }
        }
      }
      for group in 1..<max(groups, 1) {
        for pixel in 0..<pixels { base[pixel] += base[group * pixels + pixel] }
      }
    }
    return Array(sums[..<pixels])
  }
}
