import Autodiff

/// Guided Grad-CAM: guided backpropagation's gradient, times the positive part of Grad-CAM's map of a layer, resized to the input.
///
/// The edges of guided backpropagation, where Grad-CAM says that the class is. What is said of guided backpropagation holds within.
///
/// Source: Selvaraju et al., arXiv 1610.02391, section 3.2; the map is resized bilinearly, as there.
///
/// Property: zero wherever Grad-CAM's map, resized, is not positive.
///
/// Cost: two forward passes' worth at most: guided backpropagation's forward and reverse pass, and Grad-CAM's reverse pass behind the layer.
package struct GuidedGradCAM: AttributionMethod {
  package let reduction: ChannelReduction

  package init(reduction: ChannelReduction = .maximumMagnitude) { self.reduction = reduction }

  package var name: String { "guided-grad-cam" }
  package var parameters: [Parameter] { [reduction.parameter] }
  package var resolution: Resolution { .input }
  package var usesLayer: Bool { true }

  package func attribute(_ question: Question, _ progress: Progress) throws(AttributionError) -> MethodResult {
    let (height, width) = question.inputSize
    let coarse = try ClassActivationMap(.gradCAM).attribute(question, progress.part(0, of: 2)).map
    let weights = coarse.positivePart().resizedBilinear(width: width, height: height).values
    let gradient = try question.inputGradient(rule: .guided)
    try progress.part(1, of: 2).step(1, of: 1)
    let channels = gradient.count / weights.count
    let products = gradient.indices.map { gradient[$0] * Double(weights[$0 / channels]) }
    return MethodResult(map: try question.inputMap(of: products, reduction))
  }
}
