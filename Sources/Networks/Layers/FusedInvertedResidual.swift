import Autodiff

/// An inverted residual whose expansion and depthwise convolution are one convolution: expand k x k, project 1x1
/// (linear); without expansion the k x k convolution by itself, with its activation. The input is added where it fits.
///
/// "Fused-MBConv" of Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", arXiv 2104.00298, figure 2.
struct FusedInvertedResidual: Sendable {
  private let expand: ConvolutionLayer
  private let project: ConvolutionLayer?
  private let hasSkip: Bool

  /// - Parameters:
  ///   - padding: of the k x k convolution.
  ///   - side: height and width of what it sees of an image of the published size.
  init(
    _ weights: WeightReader, _ modules: InvertedResidualModules, _ block: InvertedResidualPlan.Block,
    padding: Padding, side: Int, _ name: ParameterNaming
  ) throws(WeightError) {
    guard let expandModules = modules.expand else {
      preconditionFailure("FusedInvertedResidual: \(modules.layer) has no convolution")
    }
    expand = try ConvolutionLayer(
      weights, name.weight(expandModules.convolution), normalization: name.normalization(expandModules.normalization),
      kernel: block.kernel, inputs: block.inputs, outputs: modules.project == nil ? block.outputs : block.expanded,
      stride: block.stride, padding: padding, activation: block.activation, side: block.stride == 1 ? side : nil)
    project = try modules.project.map { pair throws(WeightError) in
      try ConvolutionLayer(
        weights, name.weight(pair.convolution), normalization: name.normalization(pair.normalization), kernel: 1,
        inputs: block.expanded, outputs: block.outputs, padding: .valid, activation: .identity)
    }
    hasSkip = block.hasSkip
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let wide = expand(x)
    guard let project else { return hasSkip ? add(wide, x) : wide }
    return hasSkip ? project(wide, adding: x) : project(wide)
  }
}
