/// Whether a classifier is right as often as it is sure: the reliability diagram and its error.
///
/// Confidence is the largest softmax probability. The unit interval is cut into M bins of equal width, bin m holding
/// the images with (m − 1)/M < confidence ≤ m/M; the expected calibration error is the mean over images of the bins'
/// gaps, ECE = sum over m of |B_m|/n · |accuracy(B_m) − mean confidence(B_m)|.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (arXiv 1706.04599), equations 2 and 3,
/// with their M = 15.
package struct Calibration: Hashable, Sendable, Encodable {
  package struct Bin: Hashable, Sendable, Encodable {
    package let from: Double
    package let to: Double
    package let count: Int
    /// The share of its images that are classified rightly; nil in an empty bin, as `confidence`.
    package let accuracy: Double?
    package let confidence: Double?
  }

  package let expectedError: Double
  package let bins: [Bin]

  package static let binCount = 15

  /// - Parameter outcomes: the confidence of each image, 0 to 1, and whether the class was right; at least one.
  package init(of outcomes: [(confidence: Double, isCorrect: Bool)], binCount: Int = Self.binCount) {
    precondition(!outcomes.isEmpty && binCount > 0, "Calibration: \(outcomes.count) outcomes in \(binCount) bins")
    var (counts, hits, sums) = (
      [Int](repeating: 0, count: binCount), [Int](repeating: 0, count: binCount),
      [Double](repeating: 0, count: binCount)
    )
    for (confidence, isCorrect) in outcomes {
      let bin = min(max(Int((confidence * Double(binCount)).rounded(.up)) - 1, 0), binCount - 1)
      counts[bin] += 1
      hits[bin] += isCorrect ? 1 : 0
      sums[bin] += confidence
    }
    bins = (0..<binCount).map { bin in
      let count = Double(counts[bin])
      return Bin(
        from: Double(bin) / Double(binCount), to: Double(bin + 1) / Double(binCount), count: counts[bin],
        accuracy: counts[bin] > 0 ? Double(hits[bin]) / count : nil,
        confidence: counts[bin] > 0 ? sums[bin] / count : nil)
    }
    expectedError = (0..<binCount).reduce(0) { $0 + abs(Double(hits[$1]) - sums[$1]) } / Double(outcomes.count)
  }

  private enum CodingKeys: String, CodingKey {
    case bins
    case expectedError = "expected_error"
  }
}
