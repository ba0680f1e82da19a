/// What became of pictures that were changed in one way.
package struct Trial: Hashable, Sendable {
  /// By picture: where a cue was taken from pictures of its class, whether the answer is the class no more; where it
  /// was put into others, whether it became the class.
  private(set) var isFlipped: [Bool] = []
  /// The flips, by the class that hosts are of and the one that they were taken for afterwards.
  private(set) var moves: [Move: Int] = [:]
  private var probability = 0.0
  private var logit = 0.0

  struct Move: Hashable, Sendable {
    let from: Int
    let to: Int
  }

  /// - Parameters:
  ///   - isFlip: whether the answer is one that counts.
  ///   - probability, logit: by which those of the cue's class changed.
  mutating func add(_ move: Move, isFlip: Bool, probability: Double, logit: Double) {
    isFlipped.append(isFlip)
    if isFlip { moves[move, default: 0] += 1 }
    self.probability += probability
    self.logit += logit
  }

  package var images: Int { isFlipped.count }
  package var flips: Int { isFlipped.count { $0 } }
  package var rate: Double { images == 0 ? 0 : Double(flips) / Double(images) }
  /// Means over the pictures.
  package var probabilityChange: Double { images == 0 ? 0 : probability / Double(images) }
  package var logitChange: Double { images == 0 ? 0 : logit / Double(images) }
}
