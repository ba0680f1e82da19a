import Autodiff

/// Guided backpropagation: saliency with a reverse pass that stops at every ReLU what is negative, besides what the
/// ReLU had shut: G = dy/dx with r_bar = max(y_bar, 0) where the ReLU was open, else 0.
///
/// Sharp pictures of edges. They depend little on the class and on the upper layers' weights (Adebayo et al., arXiv
/// 1810.03292), so they show what could be seen rather than why the class was chosen. Smooth activations (SiLU,
/// sigmoid) have no such rule: in networks of these alone the result is saliency.
///
/// Source: Springenberg et al., "Striving for Simplicity: The All Convolutional Net", arXiv 1412.6806, section 3.4.
///
/// Property: the forward pass and its logits are untouched; where no cotangent at a ReLU is negative, the result is
/// saliency.
package struct GuidedBackpropagation: AttributionMethod {
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = GuidedBackpropagation(reduction: .maximumMagnitude)

  package init(reduction: ChannelReduction = defaults.reduction) { self.reduction = reduction }

  package var name: String { "guided-backprop" }
  package var parameters: [MethodParameter] { [reduction.parameter] }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1, reverse: question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let gradients = try question.inputGradients(rule: .guided)
    try progress.step(1, of: 1)
    return try question.results(of: gradients, reduction)
  }
}
