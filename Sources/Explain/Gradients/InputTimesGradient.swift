import Autodiff

/// Input x gradient: L[i, j] = reduction over channels of x[i, j, k] G[i, j, k] with G = dy/dx.
///
/// How much of the target each pixel makes up, if the network is taken for the linear function that touches it at x. A
/// pixel at 0 of the preprocessed input, a mid grey for most networks, gets nothing however much it matters.
///
/// Source: Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating Activation Differences",
/// arXiv 1704.02685; Ancona et al., arXiv 1711.06104.
///
/// Property: for a network that is linear in x but for a bias, the sum of the map is the logit less the bias.
package struct InputTimesGradient: AttributionMethod {
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = InputTimesGradient(reduction: .sum)

  package init(reduction: ChannelReduction = defaults.reduction) { self.reduction = reduction }

  package var name: String { "input-x-gradient" }
  package var parameters: [MethodParameter] { [reduction.parameter] }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1, reverse: question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let gradients = try question.inputGradients()
    try progress.step(1, of: 1)
    let products = question.pass.input.withElements { x in
      gradients.map { gradient in zip(x, gradient).map { Double($0) * $1 } }
    }
    return try question.results(of: products, reduction)
  }
}
