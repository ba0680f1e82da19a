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

  /// - Parameter expand: nil where the expansion is 1.
  init(
    expand: ConvolutionLayer?, depthwise: DepthwiseConvolutionLayer, excitation: SqueezeExcitation? = nil,
    project: ConvolutionLayer,
    hasSkip: Bool
  ) {
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
