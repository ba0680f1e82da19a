import Images

/// Which share of a map's evidence lies beside the object: what tells a network that looks at the table from one that
/// looks at the mug.
package struct BackgroundEvidence: Hashable, Sendable, Encodable {
  /// Sum of the map's positive part over the background, divided by its sum over the picture.
  package let share: Double
  /// The share that a map which says the same everywhere would have: the background's part of the area.
  package let uniform: Double
  /// The share that a blob in the middle would have (`ControlMap.centredGaussian`), which knows only where
  /// photographers put things.
  package let centred: Double

  /// nil for a map without positive evidence, which has none to share out.
  ///
  /// - Parameters:
  ///   - map: on the mask's pixels.
  ///   - foreground: the object, on the part of the picture that the network saw.
  package init?(of map: SaliencyMap, foreground: ForegroundMask) {
    precondition(
      map.width == foreground.size.width && map.height == foreground.size.height,
      "BackgroundEvidence: a map of \(map.width)x\(map.height) and a mask of \(foreground.size)")
    guard map.status == .ok, let share = Self.share(of: map, beside: foreground) else { return nil }
    let blob = ControlMap.centredGaussian.map(width: map.width, height: map.height, seed: 0)
    self.share = share
    uniform = 1 - foreground.share
    centred = Self.share(of: blob, beside: foreground)!
  }

  /// How much more of the evidence lies on the background than if it were spread evenly.
  package var excess: Double { share - uniform }

  private static func share(of map: SaliencyMap, beside foreground: ForegroundMask) -> Double? {
    var (outside, all) = (0.0, 0.0)
    for (value, isForeground) in zip(map.values, foreground.isForeground) where value > 0 {
      all += Double(value)
      if !isForeground { outside += Double(value) }
    }
    return all > 0 ? outside / all : nil
  }
}

/// The evidence beside the object over several images, and whether it is cause for alarm.
///
/// Of each image counts the excess e = share − uniform: above 0 the background has more of the evidence than a map that
/// knows nothing would give it. The mean excess is held against 0 with the 95 % interval of a mean, mean ± 1.96 s / √n.
package struct BackgroundSummary: Hashable, Sendable, Encodable {
  package enum Verdict: String, Hashable, Sendable, Encodable {
    /// The whole interval is above 0: the network looks beside the object.
    case alarm
    /// The interval holds 0: the maps find the object no better than chance.
    case unclear
    /// The whole interval is below 0: the evidence is on the object.
    case clear
    /// Fewer images than `fewestImages`.
    case tooFew = "too_few"
  }

  /// Images with a map and a mask.
  package let images: Int
  /// Means over the images.
  package let share: Double
  package let uniform: Double
  package let centred: Double
  package let excess: Double
  package let excessLow: Double
  package let excessHigh: Double
  package let verdict: Verdict

  package static let fewestImages = 10

  /// nil where there is nothing to take a mean of.
  package init?(of evidence: [BackgroundEvidence]) {
    guard !evidence.isEmpty else { return nil }
    let count = Double(evidence.count)
    func mean(_ value: (BackgroundEvidence) -> Double) -> Double { evidence.reduce(0) { $0 + value($1) } / count }
    images = evidence.count
    share = mean { $0.share }
    uniform = mean { $0.uniform }
    centred = mean { $0.centred }
    let excess = mean { $0.excess }
    self.excess = excess
    let squares = evidence.reduce(0) { $0 + ($1.excess - excess) * ($1.excess - excess) }
    let spread = evidence.count > 1 ? ShareInterval.z95 * (squares / (count - 1) / count).squareRoot() : 0
    (excessLow, excessHigh) = (excess - spread, excess + spread)
    verdict =
      if evidence.count < Self.fewestImages { .tooFew } else if excessLow > 0 { .alarm } else if excessHigh < 0 {
        .clear
      } else { .unclear }
  }

  private enum CodingKeys: String, CodingKey {
    case images, share, uniform, centred, excess, verdict
    case excessLow = "excess_low_95"
    case excessHigh = "excess_high_95"
  }
}
