import Models
import Networks

/// Gradient-weighted rollout: the class token's row of R = (I + E_L) ... (I + E_1) with E_l = mean over the heads of
/// max(G_l A_l, 0), elementwise, G_l the derivative of the target's logit by the attention A_l of block l.
///
/// Unlike rollout it depends on the class: a weight counts as far as the class gains by it.
///
/// Source: Chefer, Gur and Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
/// Transformers", arXiv 2103.15679, equations 5 and 6.
///
/// Property: no value is negative.
package struct GradientRollout: AttributionMethod {
  package init() {}

  package var name: String { "gradient-rollout" }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1, reverse: question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = try AttentionPass(of: question.pass, for: name)
    try progress.step(1, of: 1)
    var results: [MethodResult] = []
    for target in question.targets {
      var relevances: [[Double]] = []
      pass.eachGradient(of: target) { block, gradient in
        relevances.append(Self.relevance(pass.weights(of: block), gradient))
      }
      var row = pass.readTokens
      for relevance in relevances.reversed() {
        for (token, value) in product(row, relevance).enumerated() { row[token] += value }
      }
      results.append(MethodResult(map: try question.finite(pass.map(of: row))))
      // The account is of forward passes; whether to go on is asked all the same.
      try progress.step(1, of: 1)
    }
    return results
  }

  /// E: the mean over the heads of max(G A, 0).
  private static func relevance(_ weights: Heads, _ gradient: Heads) -> [Double] {
    gradient.withElements { gradient in
      weights.fused { elements, place, square in
        (0..<weights.count).reduce(0.0) {
          let index = $1 * square + place
          return $0 + max(Double(gradient[index]) * Double(elements[index]), 0)
        } / Double(weights.count)
      }
    }
  }
}
