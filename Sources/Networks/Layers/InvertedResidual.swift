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

  /// A filter and the normalisation after it, as a file of weights has them.
  typealias Part = (filter: String, normalization: NormalizationParameters)

  /// What a file of weights calls the layers of a block.
  struct Parts {
    /// nil where the expansion is 1.
    var expand: Part?
    var depthwise: Part
    /// The reducing and the restoring convolution of the squeeze-and-excitation; nil where there is none.
    var squeeze: (reduce: String, restore: String)?
    var project: Part
  }

  /// A row of a paper's table: channels in, channels out, and how the block is expanded and strided.
  struct Extent {
    var inputs: Int
    var outputs: Int
    var expansion: Int
    var kernel: Int
    var stride: Int
  }

  /// - Parameters:
  ///   - padding: of the depthwise convolution.
  ///   - reduced: channels between the two convolutions of the squeeze-and-excitation.
  ///   - hasSkip: whether the input is added; nil where it is whenever it fits.
  init(
    _ weights: WeightReader, _ parts: Parts, _ extent: Extent, padding: Padding, activation: Activation,
    reduced: Int = 0, hasSkip: Bool? = nil
  ) throws(WeightError) {
    let expanded = extent.inputs * extent.expansion
    let expand = try parts.expand.map { part throws(WeightError) in
      try ConvolutionLayer(
        weights, part.filter, normalization: part.normalization, kernel: 1, inputs: extent.inputs, outputs: expanded,
        padding: .valid, activation: activation)
    }
    let depthwise = try DepthwiseConvolutionLayer(
      weights, parts.depthwise.filter, normalization: parts.depthwise.normalization, kernel: extent.kernel,
      channels: expanded, stride: extent.stride, padding: padding, activation: activation)
    excitation = try parts.squeeze.map { names throws(WeightError) in
      try SqueezeExcitation(
        weights, squeeze: names.reduce, excite: names.restore, channels: expanded, reduced: reduced,
        activation: activation)
    }
    let project = try ConvolutionLayer(
      weights, parts.project.filter, normalization: parts.project.normalization, kernel: 1, inputs: expanded,
      outputs: extent.outputs, padding: .valid, activation: .identity)
    let hasSkip = hasSkip ?? (extent.stride == 1 && extent.inputs == extent.outputs)
    self.expand = expand
    self.depthwise = depthwise
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
