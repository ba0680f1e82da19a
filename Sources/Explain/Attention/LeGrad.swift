import Models
import Networks

/// LeGrad: L = mean over the blocks l of mean over the heads h and the queries i of max(G_l[h, i, j], 0), with G_l the
/// derivative, by the attention of block l, of the target's logit as the last layers read it from the tokens after that
/// very block.
///
/// The gradient alone counts, not the attention: the map says where the class would gain if more were taken from there.
///
/// Source: Bousselham et al., "LeGrad: An Explainability Method for Vision Transformers via Feature Formation
/// Sensitivity", arXiv 2404.03214, equations 5 to 9. The paper scales the map to 0...1, which is a step of
/// picture-making.
///
/// Property: no value is negative.
package struct LeGrad: AttributionMethod {
  package init() {}

  package var name: String { "legrad" }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1, reverse: question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = try AttentionPass(of: question.pass, for: name, readsEachBlock: true)
    try progress.step(1, of: 1)
    var results: [MethodResult] = []
    for target in question.targets {
      var sums = pass.readTokens.map { _ in 0.0 }
      for block in 0..<pass.count { Self.add(pass.gradientOfReadout(of: target, at: block), to: &sums) }
      let map = pass.map(of: sums.map { $0 / Double(pass.count) })
      results.append(MethodResult(map: try question.finite(map)))
      // The account is of forward passes; whether to go on is asked all the same.
      try progress.step(1, of: 1)
    }
    return results
  }

  /// For each key the mean over heads and queries of max(G, 0).
  private static func add(_ gradient: Heads, to sums: inout [Double]) {
    let rows = gradient.count * gradient.tokens
    gradient.withElements { elements in
      for row in 0..<rows {
        for key in 0..<gradient.tokens {
          sums[key] += Double(max(elements[row * gradient.tokens + key], 0)) / Double(rows)
        }
      }
    }
  }
}
