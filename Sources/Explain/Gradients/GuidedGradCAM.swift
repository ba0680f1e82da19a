import Autodiff

/// Guided Grad-CAM: guided backpropagation's gradient, times the positive part of Grad-CAM's map of a layer, resized to
/// the input.
///
/// The edges of guided backpropagation, where Grad-CAM says that the class is. What is said of guided backpropagation
/// holds within.
///
/// Source: Selvaraju et al., arXiv 1610.02391, section 3.2; the map is resized bilinearly, as there.
///
/// Property: zero wherever Grad-CAM's map, resized, is not positive.
package struct GuidedGradCAM: AttributionMethod {
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = GuidedGradCAM(reduction: .maximumMagnitude)

  package init(reduction: ChannelReduction = defaults.reduction) { self.reduction = reduction }

  package var name: String { "guided-grad-cam" }
  package var parameters: [MethodParameter] { [reduction.parameter] }
  package var resolution: Resolution { .input }
  package var usesLayer: Bool { true }

  package func cost(of question: QuestionShape) -> Cost {
    ClassActivationMap(.gradCAM).cost(of: question) + GuidedBackpropagation().cost(of: question)
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let (height, width) = question.inputSize
    let coarse = try ClassActivationMap(.gradCAM).results(for: question, progress.part(0, of: 2))
    let gradients = try question.inputGradients(rule: .guided)
    try progress.part(1, of: 2).step(1, of: 1)
    let products = zip(coarse, gradients).map { coarse, gradient in
      let weights = coarse.map.positivePart().resizedBilinear(width: width, height: height).values
      let channels = gradient.count / weights.count
      return gradient.indices.map { gradient[$0] * Double(weights[$0 / channels]) }
    }
    return try question.results(of: products, reduction)
  }
}
