import Autodiff

/// Expand 1x1, depthwise, perhaps squeeze-and-excitation, project 1x1 (linear); the input is added where there is a
/// skip.
///
/// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, section 3.3; with
/// excitation the MBConv of Tan et al., "MnasNet", arXiv 1807.11626.
struct InvertedResidual: Sendable {
  private let expand: ConvolutionLayer?
  private let depthwise: DepthwiseConvolutionLayer
  private let excitation: SqueezeExcitation?
  private let project: ConvolutionLayer
  private let hasSkip: Bool
  /// The block as one operation; nil while its layers are trained.
  private let frozen: FrozenInvertedResidual?

  /// - Parameters:
  ///   - padding: of the depthwise convolution.
  ///   - excitation: nil where there is none.
  init(
    _ weights: WeightReader, _ modules: InvertedResidualModules, _ block: InvertedResidualPlan.Block,
    padding: Padding, excitation: SqueezeExcitation?, _ name: ParameterNaming
  ) throws(WeightError) {
    guard let depthwiseModules = modules.depthwise, let projectModules = modules.project else {
      preconditionFailure("InvertedResidual: \(modules.layer) has no depthwise convolution or no projection")
    }
    let expand = try modules.expand.map { pair throws(WeightError) in
      try ConvolutionLayer(
        weights, name.weight(pair.convolution), normalization: name.normalization(pair.normalization), kernel: 1,
        inputs: block.inputs, outputs: block.expanded, padding: .valid, activation: block.activation)
    }
    let depthwise = try DepthwiseConvolutionLayer(
      weights, name.weight(depthwiseModules.convolution),
      normalization: name.normalization(depthwiseModules.normalization), kernel: block.kernel,
      channels: block.expanded, stride: block.stride, padding: padding, activation: block.activation)
    let project = try ConvolutionLayer(
      weights, name.weight(projectModules.convolution),
      normalization: name.normalization(projectModules.normalization), kernel: 1, inputs: block.expanded,
      outputs: block.outputs, padding: .valid, activation: .identity)
    let hasSkip = block.hasSkip
    self.expand = expand
    self.depthwise = depthwise
    self.excitation = excitation
    self.project = project
    self.hasSkip = hasSkip
    frozen = depthwise.frozen.flatMap { filter, bias in
      project.frozen.map {
        FrozenInvertedResidual(
          expand: expand?.frozen, depthwiseFilter: filter, depthwiseBias: bias, stride: depthwise.stride,
          padding: depthwise.padding, activation: depthwise.activation, project: $0, hasSkip: hasSkip)
      }
    }
  }

  func callAsFunction(_ x: Variable) -> Variable {
    if let frozen { return invertedResidual(x, frozen, gate: excitation?.gate) }
    var wide = depthwise(expand?(x) ?? x)
    if let excitation { wide = scaleChannels(wide, by: excitation.gate(globalAveragePool(wide))) }
    return hasSkip ? project(wide, adding: x) : project(wide)
  }
}
