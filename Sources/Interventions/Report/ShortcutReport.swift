/// What interventions found about a model.
package struct ShortcutReport: Sendable {
  package enum Verdict: String, Sendable {
    case reliance
    case noneFound = "none_found"
    case untested
  }

  /// A test that was not made, and why.
  package struct Omission: Sendable, Hashable {
    package let test: String
    package let why: String
  }

  package let findings: [Cue]
  package let cues: [Cue]
  package let omissions: [Omission]
  package let passes: Int
  /// Pictures that were right and of a class that was tested.
  package let images: Int
  package let classes: [Int]
  /// How many comparisons could prove something, and the greatest chance that counts as none among so many.
  package let comparisons: Int
  package let limit: Double

  package var verdict: Verdict { classes.isEmpty ? .untested : findings.isEmpty ? .noneFound : .reliance }
}
