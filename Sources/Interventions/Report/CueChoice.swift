/// Which of the proved cues are told: one thing makes several tests speak, of its own class and of others.
enum CueChoice {
  /// Of a class at most so many are told.
  private static let most = 3

  /// - Returns: the findings, the strongest first.
  static func findings(among cues: [Cue], _ limit: Double) -> [Cue] {
    let proved = cues.filter { $0.isProved(limit) }.sorted {
      ($1.difference, $0.classIndex) < ($0.difference, $1.classIndex)
    }
    var findings: [Cue] = []
    for cue in proved {
      if findings.contains(where: { isReflection(cue, of: $0, limit) }) { continue }
      let own = findings.filter { $0.classIndex == cue.classIndex }
      if own.count >= most || own.contains(where: { isSame(cue, as: $0) }) { continue }
      findings.append(cue)
    }
    return findings
  }

  /// Two places that overlap, or two properties of the same family, are one cue seen twice.
  private static func isSame(_ cue: Cue, as other: Cue) -> Bool {
    if let a = cue.place, let b = other.place { return a.overlap(with: b) > 0.25 }
    // One thing at many places is also found at some of them.
    if cue.kind == .wandering || other.kind == .wandering { return cue.kind.family == other.kind.family }
    return cue.place == nil && other.place == nil && cue.kind.family == other.kind.family
  }

  /// Whether what a cue does is what another one's absence does: the class without the thing wins from, or loses to,
  /// the class that has it, and no other.
  private static func isReflection(_ cue: Cue, of finding: Cue, _ limit: Double) -> Bool {
    guard cue.classIndex != finding.classIndex else { return false }
    guard isSame(cue, as: finding) else { return false }
    return cue.tests.filter { $0.isProved(limit) }.allSatisfy { test in
      let flips = test.comparison.effect.moves
      let shared = flips.filter {
        test.isTransplant ? $0.key.from == finding.classIndex : $0.key.to == finding.classIndex
      }
      let all = flips.values.reduce(0, +)
      return 10 * shared.values.reduce(0, +) >= 7 * all
    }
  }
}

extension CueKind {
  /// Properties that one change moves together.
  fileprivate enum Family {
    case place, colour, texture, field, ground
  }

  fileprivate var family: Family {
    switch self {
    case .patch, .border, .stripe, .wandering: .place
    case .tint, .brightness, .contrast, .saturation: .colour
    case .noise, .blur, .sharpness, .compression, .pixelation: .texture
    case .gradient, .vignette, .pattern: .field
    case .background: .ground
    }
  }
}
