import Autodiff

/// Expand 1x1, depthwise, perhaps squeeze-and-excitation, project 1x1 (linear); the input is added where there is a skip.
///
/// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, section 3.3; with excitation the MBConv of
/// Tan et al., "MnasNet", arXiv 1807.11626.
struct InvertedResidual: Sendable {
  private let frozen: FrozenInvertedResidual
  private let excitation: SqueezeExcitation?

  /// - Parameter expand: nil where the expansion is 1.
  init(
    expand: Convolution?, depthwise: DepthwiseConvolution, excitation: SqueezeExcitation? = nil, project: Convolution,
    hasSkip: Bool
  ) {
    frozen = FrozenInvertedResidual(
      expand: expand?.frozen, depthwiseFilter: depthwise.filter, depthwiseBias: depthwise.bias,
      stride: depthwise.stride, padding: depthwise.padding, activation: depthwise.activation, project: project.frozen,
      hasSkip: hasSkip)
    self.excitation = excitation
  }

  func callAsFunction(_ x: Variable) -> Variable { invertedResidual(x, frozen, gate: excitation?.gate) }
}
