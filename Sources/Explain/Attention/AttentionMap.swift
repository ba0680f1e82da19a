import Models
import Networks

/// Attention: L[j] = A[h, t, j], what token t takes from patch j in one head h of one block, or the mean over the heads.
///
/// t is the class token; in a network without one, the mean over all tokens is taken. It says where a head looks, not
/// why a class was chosen: the map is the same for every class (note `class_independent`).
///
/// Source: Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, equation 1; as pictures of a class token's
/// attention: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", arXiv 2104.14294, figure 1.
///
/// Property: no value is negative, and the map's sum is at most 1.
package struct AttentionMap: AttributionMethod {
  /// From 0; -1 for the last.
  package let block: Int
  /// From 0; -1 for the mean of all.
  package let head: Int

  /// Where nothing is set.
  package static let defaults = AttentionMap(block: -1, head: -1)

  package init(block: Int = defaults.block, head: Int = defaults.head) {
    self.block = block
    self.head = head
  }

  package var name: String { "attention" }
  package var parameters: [MethodParameter] {
    [MethodParameter("block", .integer(block)), MethodParameter("head", .integer(head))]
  }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = try AttentionPass(of: question.pass, for: name)
    let index = block < 0 ? pass.count - 1 : block
    guard index < pass.count else {
      throw .badParameter("This model has the blocks 0 to \(pass.count - 1); -1 is the last.")
    }
    let heads = pass.heads(of: index)
    guard head < heads else {
      throw .badParameter("This block has the heads 0 to \(heads - 1); -1 is the mean of all.")
    }
    let chosen = head < 0 ? 0..<heads : head..<head + 1
    let weights = pass.weights(of: index).fused { elements, place, square in
      chosen.reduce(0.0) { $0 + Double(elements[$1 * square + place]) } / Double(chosen.count)
    }
    let map = try question.finite(pass.map(of: product(pass.readTokens, weights)))
    try progress.step(1, of: 1)
    let result = MethodResult(map: map, notes: [MethodParameter("class_independent", .flag(true))])
    return question.targets.map { _ in result }
  }
}
