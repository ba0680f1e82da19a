/// Saliency: L[i, j] = reduction over channels of G[i, j, k] with G = dy/dx, the target's gradient by the preprocessed
/// input.
///
/// Which pixels the target would answer to, were they changed a little: sensitivity, not evidence. Noisy, since ReLUs
/// make the gradient jump from pixel to pixel.
///
/// Source: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", arXiv 1312.6034, section 3, which takes
/// the largest magnitude among the channels.
///
/// Property: the derivative of y along a direction d is the sum of G d.
package struct Saliency: AttributionMethod {
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = Saliency(reduction: .maximumMagnitude)

  package init(reduction: ChannelReduction = defaults.reduction) { self.reduction = reduction }

  package var name: String { "saliency" }
  package var parameters: [MethodParameter] { [reduction.parameter] }
  package var resolution: Resolution { .input }

  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1, reverse: question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let gradients = try question.inputGradients()
    try progress.step(1, of: 1)
    return try question.results(of: gradients, reduction)
  }
}
