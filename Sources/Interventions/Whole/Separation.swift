/// How well one number of a picture tells a class from the others, and which of its pictures go beyond them: those that
/// carry a cue, if there is one.
struct Separation: Sendable {
  /// The share of pairs of a picture of the class and another one that the number orders; 0.5 says nothing.
  let auroc: Double
  let isHigher: Bool
  private let limit: Double

  /// Below it, a number does not tell the class well enough to be a cue, not even one in half of its pictures.
  private static let leastAUROC = 0.68
  private static let leastCarriers = 0.25
  private static let quantile = 0.9

  /// nil where the number does not tell the class.
  init?(own: [Double], others: [Double]) {
    guard !own.isEmpty, !others.isEmpty else { return nil }
    var wins = 0.0
    for value in own { for other in others { wins += value > other ? 1 : value == other ? 0.5 : 0 } }
    let share = wins / Double(own.count * others.count)
    isHigher = share >= 0.5
    auroc = max(share, 1 - share)
    let sorted = others.sorted()
    let place = Int(Self.quantile * Double(sorted.count - 1))
    limit = isHigher ? sorted[place] : sorted[sorted.count - 1 - place]
    guard auroc >= Self.leastAUROC, Double(own.count(where: isBeyond)) >= Self.leastCarriers * Double(own.count) else {
      return nil
    }
  }

  /// Whether a picture of the class goes beyond nine tenths of the others.
  func isBeyond(_ value: Double) -> Bool { isHigher ? value > limit : value < limit }
}
