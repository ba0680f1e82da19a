import Autodiff

/// Expand 1x1, depthwise, perhaps squeeze-and-excitation, project 1x1 (linear); the input is added where there is a skip.
///
/// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, section 3.3; with excitation the MBConv of
/// Tan et al., "MnasNet", arXiv 1807.11626.
struct InvertedResidual: Sendable {
  /// None where the expansion is 1.
  let expand: Convolution?
  let depthwise: DepthwiseConvolution
  var excitation: SqueezeExcitation?
  let project: Convolution
  let hasSkip: Bool

  func callAsFunction(_ x: Variable) -> Variable {
    let wide = depthwise(expand?(x) ?? x)
    let y = project(excitation?(wide) ?? wide)
    return hasSkip ? add(x, y) : y
  }
}
