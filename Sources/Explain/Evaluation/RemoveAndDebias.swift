import Autodiff

/// ROAD, remove and debias: how the score falls when the most relevant pixels are removed, and how it holds when the
/// least relevant are.
///
/// Removed pixels are filled from what is left (`LinearImputation`) plus normal noise, so that neither a hole nor its
/// shape tells the network what was there.
///
/// Source: Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", arXiv 2202.00449;
/// changes and their combination as in pytorch-grad-cam 1.5 (`ROADMostRelevantFirstAverage`,
/// `ROADLeastRelevantFirstAverage`, `ROADCombined`).
package struct RemoveAndDebias: Hashable, Sendable, Codable {
  /// How many percent of the pixels were removed.
  package let percentages: [Int]
  /// The score of the input as it is.
  package let original: Double
  /// The score without the most relevant pixels (MoRF).
  package let mostRelevantFirst: [Double]
  /// The score without the least relevant pixels (LeRF).
  package let leastRelevantFirst: [Double]

  /// Mean over the percentages of score − original without the most relevant pixels: the lower the better.
  package var mostRelevantChange: Double { mean(mostRelevantFirst) - original }
  /// The same without the least relevant pixels: the higher the better.
  package var leastRelevantChange: Double { mean(leastRelevantFirst) - original }
  /// (LeRF − MoRF) / 2: the higher the better, near 0 for a map that knows nothing.
  package var combined: Double { (leastRelevantChange - mostRelevantChange) / 2 }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private enum CodingKeys: String, CodingKey {
    case percentages, original
    case mostRelevantFirst = "morf_scores"
    case leastRelevantFirst = "lerf_scores"
  }

  private enum DerivedKeys: String, CodingKey {
    case combined
    case mostRelevantChange = "morf_change"
    case leastRelevantChange = "lerf_change"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(original, forKey: .original)
    try container.encode(percentages, forKey: .percentages)
    try container.encode(mostRelevantFirst, forKey: .mostRelevantFirst)
    try container.encode(leastRelevantFirst, forKey: .leastRelevantFirst)
    var derived = encoder.container(keyedBy: DerivedKeys.self)
    try derived.encode(combined, forKey: .combined)
    try derived.encode(mostRelevantChange, forKey: .mostRelevantChange)
    try derived.encode(leastRelevantChange, forKey: .leastRelevantChange)
  }
}

extension ForwardPass {
  /// - Parameter ranking: of the input's pixels.
  func removeAndDebias(
    _ ranking: PixelRanking, protocol rules: FaithfulnessProtocol, target: Target, progress: PassProgress
  ) throws(AttributionError) -> RemoveAndDebias {
    let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3])
    let percentages = rules.roadPercentages
    let input = input
    let scores = try scores(
      of: 2 * percentages.count,
      changedInputs: { index, copy in
        let percentage = percentages[index / 2]
        let count = Int((Double(percentage) / 100 * Double(width * height)).rounded())
        let removed = index % 2 == 0 ? ranking.most(count) : ranking.least(count)
        // The same noise at a pixel whichever map removes it, so that maps are compared and not draws.
        let noise = RandomNumbers(seed: rules.seed, stream: UInt64(percentage))
        input.withElements { image in
          copy.baseAddress!.initialize(from: image.baseAddress!, count: image.count)
          let filled = LinearImputation(width: width, height: height, isMissing: removed)
            .solve(image, channels: channels)
          var next = 0
          for pixel in removed.indices where removed[pixel] {
            for channel in 0..<channels {
              let place = pixel * channels + channel
              copy[place] = Float(filled[next][channel] + rules.roadNoise * noise.normal(place))
            }
            next += 1
          }
        }
      }, targets: [target], as: rules.score, progress: progress)[0]
    return RemoveAndDebias(
      percentages: percentages, original: rules.score.value(of: logits, for: target, by: classifier),
      mostRelevantFirst: percentages.indices.map { scores[2 * $0] },
      leastRelevantFirst: percentages.indices.map { scores[2 * $0 + 1] })
  }
}
