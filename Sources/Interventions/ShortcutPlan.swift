/// How many pictures are changed, and what counts as a finding.
package struct ShortcutPlan: Hashable, Sendable {
  /// Pictures of a class by which candidates are looked for; others prove them.
  package var scanned: Int
  /// Pictures of a class on which a candidate is proved, and pictures of all other classes that it is put into.
  package var proving: Int
  /// Candidates of each search that are proved, of each class.
  package var candidates: Int
  /// Pictures of a class that are taken up, at most.
  package var mostOfClass: Int

  /// A class with fewer right answers is not tested.
  package static let fewestImages = 12
  /// So much more of the answers must change than by the control.
  package static let leastDifference = 0.1
  /// And so many times as many: by a change that flips much by itself, a little more says little.
  package static let leastRatio = 2.0
  /// The share of what is proved that is expected to be so by chance, over all comparisons together.
  package static let significance = 0.05

  /// For `gaze evaluate`.
  package static let full = ShortcutPlan(scanned: 24, proving: 96, candidates: 3, mostOfClass: 160)
  /// For the end of a training run.
  package static let short = ShortcutPlan(scanned: 12, proving: 40, candidates: 2, mostOfClass: 60)
}
