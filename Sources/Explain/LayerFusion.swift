/// How the maps of several layers become one.
///
/// A layer's map has its own unit, and magnitudes of different layers cannot be compared. So each map is divided by its
/// own largest magnitude (a map of zeros stays one), resized bilinearly to the widest and to the tallest grid among
/// them, and then combined cell by cell. Zero and signs stay what they are. A single layer's map is left alone.
package enum LayerFusion: String, Hashable, Sendable, CaseIterable {
  /// The arithmetic mean.
  case mean
  /// The largest value.
  case maximum = "max"

  /// - Parameter maps: one for each layer; at least one.
  func combine(_ maps: [SaliencyMap]) -> SaliencyMap {
    guard maps.count > 1 else { return maps[0] }
    let width = maps.map { $0.width }.max()!
    let height = maps.map { $0.height }.max()!
    let resized = maps.map { $0.scaledToUnitMagnitude().resizedBilinear(width: width, height: height).values }
    let values = (0..<width * height).map { cell in
      switch self {
      case .mean: Float(resized.reduce(0) { $0 + Double($1[cell]) } / Double(resized.count))
      case .maximum: resized.reduce(-.infinity) { max($0, $1[cell]) }
      }
    }
    return SaliencyMap(width: width, height: height, values: values)
  }
}

extension SaliencyMap {
  /// v / max |v|; unchanged where all values are zero.
  fileprivate func scaledToUnitMagnitude() -> SaliencyMap {
    let magnitude = max(abs(minimum), abs(maximum))
    guard magnitude > 0 else { return self }
    return SaliencyMap(width: width, height: height, values: values.map { $0 / magnitude })
  }
}
