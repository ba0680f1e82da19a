/// What a map is where there is no evidence, for a method whose maps are not about 0: a mean of scores, such as RISE's,
/// is about the mean score. Pictures show the difference from it; the raw map stays as it was computed.
package struct MapZero: Hashable, Sendable {
  /// In the map's units.
  package let value: Double
  /// What the value is, in a few words, as receipts have it: "mean score over the masks".
  package let meaning: String
  /// Differences of at most this come from how the method looked, not from what it saw; 0 where it cannot tell.
  package let noise: Double

  package init(_ value: Double, meaning: String, noise: Double = 0) {
    self.value = value
    self.meaning = meaning
    self.noise = noise
  }

  /// Of the mean of several maps of one method; nil where they have none.
  init?(meanOf zeros: [MapZero?]) {
    let known = zeros.compactMap { $0 }
    guard let first = known.first, known.count == zeros.count else { return nil }
    guard known.count > 1 else {
      self = first
      return
    }
    func mean(_ value: (MapZero) -> Double) -> Double { known.reduce(0) { $0 + value($1) } / Double(known.count) }
    self.init(mean { $0.value }, meaning: first.meaning, noise: mean { $0.noise })
  }
}

extension SaliencyMap {
  /// The differences from a zero, of which those within its noise or within rounding are 0; the map itself where there
  /// is none.
  func difference(from zero: MapZero?) -> SaliencyMap {
    guard let zero else { return self }
    let magnitude = max(abs(Double(minimum)), abs(Double(maximum)))
    let noise = zero.noise + MapStatus.noise * max(magnitude, abs(zero.value))
    return SaliencyMap(
      width: width, height: height,
      values: values.map { value in
        let difference = Double(value) - zero.value
        return abs(difference) <= noise ? 0 : Float(difference)
      })
  }
}
