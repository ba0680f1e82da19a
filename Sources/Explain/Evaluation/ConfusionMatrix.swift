/// How often images of each class were taken for which class.
package struct ConfusionMatrix: Hashable, Sendable {
  package let classCount: Int
  /// `counts[labelled * classCount + predicted]`.
  package private(set) var counts: [Int]

  package init(classCount: Int) {
    self.classCount = classCount
    counts = [Int](repeating: 0, count: classCount * classCount)
  }

  package mutating func add(labelled: Int, predicted: Int) { counts[labelled * classCount + predicted] += 1 }

  package subscript(labelled: Int, predicted: Int) -> Int { counts[labelled * classCount + predicted] }

  package var total: Int { counts.reduce(0, +) }
  package var correct: Int { (0..<classCount).reduce(0) { $0 + self[$1, $1] } }

  /// Images that are labelled so.
  package func support(of index: Int) -> Int { (0..<classCount).reduce(0) { $0 + self[index, $1] } }

  /// Images that were taken for this class.
  package func predicted(_ index: Int) -> Int { (0..<classCount).reduce(0) { $0 + self[$1, index] } }

  /// TP / (TP + FP): which share of the images taken for the class are of it; nil where none was.
  package func precision(of index: Int) -> Double? { ratio(self[index, index], predicted(index)) }

  /// TP / (TP + FN): which share of the class's images were found; nil where there are none.
  package func recall(of index: Int) -> Double? { ratio(self[index, index], support(of: index)) }

  /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; nil for a class that neither is nor was taken
  /// to be there.
  package func f1(of index: Int) -> Double? { ratio(2 * self[index, index], support(of: index) + predicted(index)) }

  private func ratio(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
}

/// Between which bounds a share lies that was counted on a sample of independent cases.
package struct ShareInterval: Hashable, Sendable, Encodable {
  package let low: Double
  package let high: Double

  /// Wilson's score interval: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n). Unlike p ± z √(p(1 − p)/n) it is
  /// never empty and never leaves 0...1, not even at p = 0 or 1.
  ///
  /// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
  /// - Parameter z: the normal quantile; 1.96 for 95 %.
  package init(of hits: Int, among count: Int, z: Double = ShareInterval.z95) {
    precondition(count > 0 && (0...count).contains(hits), "ShareInterval: \(hits) of \(count)")
    let (p, n) = (Double(hits) / Double(count), Double(count))
    let centre = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    // In exact arithmetic the ends are 0 and 1 there.
    low = hits == 0 ? 0 : max(0, (centre - spread) / scale)
    high = hits == count ? 1 : min(1, (centre + spread) / scale)
  }

  /// 97.5 % of a normal distribution lie below this many deviations above its mean.
  package static let z95 = 1.959963984540054
}
