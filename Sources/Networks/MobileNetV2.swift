import Autodiff

/// MobileNetV2: inverted residuals with linear bottlenecks and ReLU6.
///
/// - Paper: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, table 2.
/// - Checkpoints: torchvision's `mobilenet_v2`, weights V1, and Keras Applications' `MobileNetV2` at width 1.0; parameters keep the names of
///   each.
/// - Published top-1 on ImageNet: 71.9 % (torchvision), 71.3 % (Keras).
///
/// Layers: the stem, each block's result and the last activation, under torchvision's or Keras' names; the default is the last
/// activation.
package enum MobileNetV2 {
  /// Table 2, the bottlenecks: expansion t, channels c, repeats n, stride s of the first.
  static let table: [(t: Int, c: Int, n: Int, s: Int)] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
  ]

  static let stemChannels = 32
  static let headChannels = 1280

  /// What differs between the published checkpoints.
  package enum Variant: Hashable, Sendable {
    case torchvision, keras

    var epsilon: Double { self == .torchvision ? 1e-5 : 1e-3 }

    /// Keras pads a 3x3 window with stride 2 so that an even length gets a row after only, and an odd one a row on either side:
    /// TensorFlow's SAME.
    var padding: Padding { self == .torchvision ? .symmetric(1) : .same }
  }

  package static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = Names(variant: variant)
    let classCount = try weights.classCount(names.classifier.weight, inputs: headChannels)
    let stem = try Convolution(
      weights, names.stem.filter, normalization: names.stem.normalization, kernel: 3, inputs: 3,
      outputs: stemChannels, stride: 2, padding: variant.padding, activation: .relu6)
    var stages = [Network.Stage(names.stem.layer, reach: .window(3, stride: 2)) { stem($0) }]

    var inputs = stemChannels
    var index = 0
    for (t, c, n, s) in table {
      for repetition in 0..<n {
        let stride = repetition == 0 ? s : 1
        let hasSkip = stride == 1 && inputs == c
        let block = names.block(index, isExpanded: t != 1, hasSkip: hasSkip)
        let residual = try residual(
          weights, block, padding: variant.padding, inputs: inputs, outputs: c, expansion: t, stride: stride,
          hasSkip: hasSkip)
        stages.append(Network.Stage(block.layer, reach: .window(3, stride: stride)) { residual($0) })
        inputs = c
        index += 1
      }
    }

    let last = try Convolution(
      weights, names.head.filter, normalization: names.head.normalization, kernel: 1, inputs: inputs,
      outputs: headChannels, padding: .valid, activation: .relu6)
    let classifier = try Dense(
      weights, names.classifier.weight, bias: names.classifier.bias, inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage(names.head.layer, reach: Reach()) { last($0) })
    let head = Network.Head(meanOf: names.head.layer, weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: names.head.layer, classCount: classCount,
      meanReadout: Network.MeanReadout(layers: [names.head.layer], bias: classifier.bias), head: head)
  }

  private static func residual(
    _ weights: WeightReader, _ names: Names.Block, padding: Padding, inputs: Int, outputs: Int, expansion: Int,
    stride: Int, hasSkip: Bool
  ) throws(WeightError) -> InvertedResidual {
    let expanded = inputs * expansion
    let expand = try names.expand.map { names throws(WeightError) in
      try Convolution(
        weights, names.filter, normalization: names.normalization, kernel: 1, inputs: inputs, outputs: expanded,
        padding: .valid, activation: .relu6)
    }
    let depthwise = try DepthwiseConvolution(
      weights, names.depthwise.filter, normalization: names.depthwise.normalization, kernel: 3, channels: expanded,
      stride: stride, padding: padding, activation: .relu6)
    let project = try Convolution(
      weights, names.project.filter, normalization: names.project.normalization, kernel: 1, inputs: expanded,
      outputs: outputs, padding: .valid, activation: .identity)
    return InvertedResidual(expand: expand, depthwise: depthwise, project: project, hasSkip: hasSkip)
  }

  /// What the checkpoints call their parameters and layers.
  private struct Names {
    typealias Part = (filter: String, normalization: BatchNormalization)
    typealias Block = (layer: String, expand: Part?, depthwise: Part, project: Part)

    let variant: Variant

    var stem: (layer: String, filter: String, normalization: BatchNormalization) {
      switch variant {
      case .torchvision: ("features.0", "features.0.0.weight", normalization("features.0.1"))
      case .keras: ("Conv1_relu", "Conv1/kernel", normalization("bn_Conv1"))
      }
    }

    var head: (layer: String, filter: String, normalization: BatchNormalization) {
      switch variant {
      case .torchvision: ("features.18", "features.18.0.weight", normalization("features.18.1"))
      case .keras: ("out_relu", "Conv_1/kernel", normalization("Conv_1_bn"))
      }
    }

    var classifier: (weight: String, bias: String) {
      switch variant {
      case .torchvision: ("classifier.1.weight", "classifier.1.bias")
      case .keras: ("predictions/kernel", "predictions/bias")
      }
    }

    func block(_ index: Int, isExpanded: Bool, hasSkip: Bool) -> Block {
      variant == .torchvision
        ? torchvisionBlock(index, isExpanded: isExpanded) : kerasBlock(index, isExpanded: isExpanded, hasSkip: hasSkip)
    }

    /// The parts are numbered as they come: without an expansion the depthwise convolution is number 0.
    private func torchvisionBlock(_ index: Int, isExpanded: Bool) -> Block {
      let layer = "features.\(index + 1)"
      let first = isExpanded ? 1 : 0
      func part(_ number: Int) -> Part {
        ("\(layer).conv.\(number).0.weight", normalization("\(layer).conv.\(number).1"))
      }
      let project: Part = (
        "\(layer).conv.\(first + 1).weight", normalization("\(layer).conv.\(first + 2)")
      )
      return (layer, isExpanded ? part(0) : nil, part(first), project)
    }

    /// Keras has no module for a block: its layer is the last operation, the sum or the normalisation.
    private func kerasBlock(_ index: Int, isExpanded: Bool, hasSkip: Bool) -> Block {
      let prefix = index == 0 ? "expanded_conv" : "block_\(index)"
      func part(_ name: String) -> Part {
        ("\(prefix)_\(name)/kernel", normalization("\(prefix)_\(name)_BN"))
      }
      return (
        prefix + (hasSkip ? "_add" : "_project_BN"), isExpanded ? part("expand") : nil,
        part("depthwise"), part("project")
      )
    }

    private func normalization(_ name: String) -> BatchNormalization {
      switch variant {
      case .torchvision: BatchNormalization(name, epsilon: variant.epsilon)
      case .keras: BatchNormalization(keras: name, epsilon: variant.epsilon)
      }
    }
  }
}
