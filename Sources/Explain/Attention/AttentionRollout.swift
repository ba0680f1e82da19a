import Models
import Networks

/// Attention rollout: the class token's row of A'_L ... A'_1 with A'_l = rows of (F_l + I) / 2 scaled to sum 1, F_l the
/// attention of block l with its heads fused.
///
/// The identity stands for the shortcut. Fused is by the mean (the paper's way), the largest or the smallest weight of
/// the heads; of each F_l a share of the smallest weights may be set to 0 first. The map is the same for every class
/// (note `class_independent`).
///
/// Sources: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", arXiv 2005.00928, equation 1; the ways to
/// fuse and to discard: Gildenblat, github.com/jacobgil/vit-explain, which keeps the first weight of the matrix and
/// scales columns by the rows' sums; rows are scaled here, as in the paper.
///
/// Property: no value is negative, and with those of the other tokens they sum to 1.
package struct AttentionRollout: AttributionMethod {
  /// How the weights of several heads become one.
  package enum Fusion: String, Hashable, Sendable, CaseIterable {
    case mean, max, min
  }

  package let heads: Fusion
  /// The share of each matrix that is set to 0.
  package let discard: Double

  /// Where nothing is set.
  package static let defaults = AttentionRollout(heads: .mean, discard: 0)

  package init(heads: Fusion = defaults.heads, discard: Double = defaults.discard) {
    self.heads = heads
    self.discard = discard
  }

  package var name: String { "attention-rollout" }
  package var parameters: [MethodParameter] {
    [MethodParameter("heads", .text(heads.rawValue)), MethodParameter("discard", .number(discard))]
  }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = try AttentionPass(of: question.pass, for: name)
    var row = pass.readTokens
    for block in (0..<pass.count).reversed() {
      row = product(row, Self.withShortcut(discarding(fused(pass.weights(of: block))), tokens: row.count))
    }
    let map = try question.finite(pass.map(of: row))
    try progress.step(1, of: 1)
    let result = MethodResult(map: map, notes: [MethodParameter("class_independent", .flag(true))])
    return question.targets.map { _ in result }
  }

  private func fused(_ weights: Heads) -> [Double] {
    weights.fused { elements, place, square in
      let values = (0..<weights.count).lazy.map { Double(elements[$0 * square + place]) }
      return switch heads {
      case .mean: values.reduce(0, +) / Double(weights.count)
      case .max: values.max()!
      case .min: values.min()!
      }
    }
  }

  /// Without the smallest weights; the first of the matrix stays in any case. Of equal ones the first go.
  private func discarding(_ matrix: [Double]) -> [Double] {
    let count = Int(Double(matrix.count) * discard)
    guard count > 0 else { return matrix }
    var matrix = matrix
    let order = matrix.indices.sorted { (matrix[$0], $0) < (matrix[$1], $1) }
    for place in order.prefix(count) where place != 0 { matrix[place] = 0 }
    return matrix
  }

  private static func withShortcut(_ matrix: [Double], tokens: Int) -> [Double] {
    var matrix = matrix
    for i in 0..<tokens {
      let row = i * tokens..<(i + 1) * tokens
      matrix[i * tokens + i] += 1
      let sum = matrix[row].reduce(0, +)
      for place in row { matrix[place] /= sum }
    }
    return matrix
  }
}
