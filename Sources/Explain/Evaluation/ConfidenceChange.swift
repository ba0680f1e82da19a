import Autodiff

/// How the class's probability changes when the input is multiplied by its map: Y before, O after.
///
/// The map's positive part is stretched bilinearly over the input and brought to 0...1 by (M − min M) / (max M − min
/// M); a map without any positive value, or a flat one, hides all. Always of the probability, since the drop is
/// relative to it, so that a value has none; of a contrast the class explained.
///
/// Source: Chattopadhyay et al., "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks", arXiv
/// 1710.11063, section 4.1 (drop, increase); Zhang et al., "Opti-CAM: Optimizing saliency maps for interpretability",
/// arXiv 2301.07002, section 4.1 (gain). The means over images are "average drop", "increase in confidence" and
/// "average gain". pytorch-grad-cam's `DropInConfidence` is max(0, Y − O), without the division.
package struct ConfidenceChange: Hashable, Sendable, Codable {
  /// Y.
  package let original: Double
  /// O.
  package let masked: Double

  /// max(0, Y − O) / Y: the lower the better.
  package var drop: Double { original > 0 ? max(0, original - masked) / original : 0 }
  /// Whether Y < O.
  package var isIncrease: Bool { original < masked }
  /// max(0, O − Y) / (1 − Y): the higher the better.
  package var gain: Double { original < 1 ? max(0, masked - original) / (1 - original) : 0 }

  private enum DerivedKeys: String, CodingKey {
    case drop, increase, gain
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(original, forKey: .original)
    try container.encode(masked, forKey: .masked)
    var derived = encoder.container(keyedBy: DerivedKeys.self)
    try derived.encode(drop, forKey: .drop)
    try derived.encode(isIncrease, forKey: .increase)
    try derived.encode(gain, forKey: .gain)
  }
}

extension ForwardPass {
  /// - Parameter map: at the input's resolution.
  func confidenceChange(
    _ map: SaliencyMap, target: Target, progress: PassProgress
  ) throws(AttributionError) -> ConfidenceChange {
    let positive = map.values.map { max($0, 0) }
    let low = positive.reduce(.infinity, Float.minimum)
    let high = positive.reduce(-.infinity, Float.maximum)
    let mask = positive.map { high > low ? ($0 - low) / (high - low) : 0 }
    let explained = Target(target.classIndex)
    let input = input
    let masked = try scores(
      of: 1,
      changedInputs: { _, copy in
        input.withElements { image in
          mask.withUnsafeBufferPointer { mask in
            multiply(
              image.baseAddress!, by: mask.baseAddress!, pixels: mask.count, channels: image.count / mask.count,
              into: copy.baseAddress!)
          }
        }
      }, targets: [explained], as: .probability, progress: progress)[0]
    return ConfidenceChange(
      original: Score.probability.value(of: logits, for: explained, by: classifier), masked: masked[0])
  }
}
