import Autodiff

/// How a score goes while pixels are deleted or inserted in the order of a map.
///
/// Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", arXiv
/// 1806.07421, section 4.2; steps, baselines and area as the authors' code has them.
package struct PixelCurve: Hashable, Sendable, Codable {
  /// What part of the pixels is deleted or inserted at each point, from 0 to 1.
  package let fractions: [Double]
  /// The score at each point.
  package let scores: [Double]

  /// The area under the curve by trapezoids of equal width, scaled to a width of 1: (sum of s − s_0 / 2 − s_n / 2) / n.
  package var areaUnderCurve: Double {
    (scores.reduce(0, +) - scores[0] / 2 - scores[scores.count - 1] / 2) / Double(scores.count - 1)
  }

  private enum DerivedKeys: String, CodingKey {
    case auc
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(fractions, forKey: .fractions)
    try container.encode(scores, forKey: .scores)
    var derived = encoder.container(keyedBy: DerivedKeys.self)
    try derived.encode(areaUnderCurve, forKey: .auc)
  }
}

extension ForwardPass {
  /// The curve from `start` to `end` when pixels change over in the ranking's order, all channels of a pixel together,
  /// ceil(pixels / steps) at a time (the last time what is left).
  ///
  /// - Parameters:
  ///   - start: an image of the input's shape; deletion: the input.
  ///   - end: likewise; insertion: the input.
  func curve(
    from start: Tensor, to end: Tensor, in ranking: PixelRanking, steps: Int, target: Target, score: Score,
    progress: PassProgress
  ) throws(AttributionError) -> PixelCurve {
    let (pixels, channels) = (ranking.ranks.count, input.shape[3])
    let pixelsPerStep = (pixels + steps - 1) / steps
    let points = (pixels + pixelsPerStep - 1) / pixelsPerStep + 1
    let scores = try scores(
      of: points,
      changedInputs: { point, copy in
        let changed = Int32(min(point * pixelsPerStep, pixels))
        start.withElements { start in
          end.withElements { end in
            for pixel in 0..<pixels {
              let source = ranking.ranks[pixel] < changed ? end : start
              for index in pixel * channels..<(pixel + 1) * channels { copy[index] = source[index] }
            }
          }
        }
      }, targets: [target], as: score, progress: progress)[0]
    return PixelCurve(
      fractions: (0..<points).map { Double(min($0 * pixelsPerStep, pixels)) / Double(pixels) }, scores: scores)
  }
}
