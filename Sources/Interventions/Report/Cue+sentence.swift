package import Networks

extension Cue {
  /// What was shown, and no more: "leans on a patch at the upper left: without it 32 % of white are lost, control 2 %;
  /// pasted into others, 24 % become white, control 1 %".
  package func sentence(_ labels: Labels) -> String {
    let label = labels[classIndex].name
    var parts: [String] = []
    if let removed = strongest(isTransplant: false) {
      parts.append(
        "without it \(removed.comparison.effect.percent) of \(label) are lost, control \(removed.comparison.control.percent)"
      )
    }
    if let given = strongest(isTransplant: true) {
      parts.append(
        "\(kind.isPasted ? "pasted into" : "given to") others, \(given.comparison.effect.percent) become \(label), control "
          + given.comparison.control.percent)
    }
    return "leans on \(words): " + parts.joined(separator: "; ")
  }
}

extension CueKind {
  fileprivate var isPasted: Bool {
    switch self {
    case .patch, .border, .stripe, .wandering: true
    default: false
    }
  }
}

extension Trial {
  /// "32 %".
  package var percent: String { "\(Int((100 * rate).rounded())) %" }
}

extension ShortcutReport {
  /// The findings, each with its class, or what no finding means.
  package func sentences(_ labels: Labels) -> [String] {
    switch verdict {
    case .reliance: findings.map { "\(labels[$0.classIndex].name) \($0.sentence(labels))" }
    case .noneFound: ["no reliance found by these tests"]
    case .untested: ["not tested: \(omissions.map(\.why).joined(separator: "; "))"]
    }
  }
}
