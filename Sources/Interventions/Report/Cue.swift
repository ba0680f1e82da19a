/// Something that answers for a class may hang on, with what interventions on it did.
package struct Cue: Sendable {
  package let classIndex: Int
  package let kind: CueKind
  /// nil where it has none.
  package let place: PicturePlace?
  /// "a patch at the upper left".
  package let words: String
  /// Whether the place is one where other classes have their object.
  let isOnObject: Bool
  /// The share of the class's pictures that carry it, where that can be told.
  package let carriers: Double?
  /// How well a number of the whole picture tells the class; nil where there is none.
  package let auroc: Double?
  package let tests: [InterventionTest]

  /// The strongest test of a kind, by the difference to its control.
  package func strongest(isTransplant: Bool) -> InterventionTest? {
    tests.filter { $0.isTransplant == isTransplant && $0.proves }
      .max { $0.comparison.difference < $1.comparison.difference }
  }

  /// What the interventions showed, at the most.
  var difference: Double { tests.filter(\.proves).map(\.comparison.difference).max() ?? 0 }

  /// Whether an intervention did more than its control, beyond chance, and nothing speaks against it.
  ///
  /// What lies beside the object is a cue if either taking it away or giving it shows it. A thing on the object must do
  /// so both ways, since a part of an object pasted elsewhere may do much; so must a background, on which an estimated
  /// object leaves parts of itself. A change of whole pictures that the network merely does not bear shows in one way
  /// alone.
  func isProved(_ limit: Double) -> Bool {
    guard tests.contains(where: { $0.isProved(limit) }) else { return false }
    let (taken, given) = (strongest(isTransplant: false), strongest(isTransplant: true))
    let weaker = min(taken?.comparison.difference ?? 0, given?.comparison.difference ?? 0)
    switch kind {
    case .patch, .border, .stripe, .wandering: return !isOnObject || weaker >= ShortcutPlan.leastDifference
    case .background: return taken?.isProved(limit) == true && given?.isProved(limit) == true
    case .tint, .brightness, .contrast, .saturation, .noise, .blur, .sharpness, .compression, .pixelation, .gradient,
      .vignette, .pattern:
      return taken != nil && given != nil
        ? weaker >= ShortcutPlan.leastDifference / 2 : difference >= 2 * ShortcutPlan.leastDifference
    }
  }
}

extension InterventionTest {
  /// - Parameter limit: the greatest chance that counts as none.
  func isProved(_ limit: Double) -> Bool {
    proves && comparison.difference >= ShortcutPlan.leastDifference
      && comparison.effect.rate >= ShortcutPlan.leastRatio * comparison.control.rate && comparison.chance <= limit
  }
}
