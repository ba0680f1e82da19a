import Autodiff
import Images

/// MobileNetV2: inverted residuals with linear bottlenecks and ReLU6.
///
/// - Paper: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, table 2.
/// - Checkpoints: torchvision's `mobilenet_v2`, weights V1, and Keras Applications' `MobileNetV2` at width 1.0;
///   parameters keep the names of each.
/// - Published top-1 on ImageNet: 71.9 % (torchvision), 71.3 % (Keras).
///
/// Layers: the stem, each block's result and the last activation, under torchvision's or Keras' names; the default is
/// the last activation.
enum MobileNetV2 {
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

  static let architectures = [
    Architecture(
      name: "mobilenet-v2", title: "MobileNetV2", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("features.17.conv.2.weight", .convolution, [1, 1, 960, 320]),
          .init("features.18.0.weight", .convolution, [1, 1, 320, 1280]),
        ], lacks: []),
      head: Names(variant: .torchvision).headWeight,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        NameConvention(
          "timm", .pyTorch, modules: modulesFromTimm,
          note: """
            timm resizes with a bicubic filter for this network, torchvision with a bilinear one; Gaze uses \
            torchvision's.
            """),
      ],
      checkpoints: [
        // Of the size only torchvision's 13.555 MB (of 2^20 bytes) are known.
        .torchvision(
          "mobilenet-v2", title: "MobileNetV2", file: "mobilenet_v2", digest: "b0353104", byteCount: 14_213_448,
          tolerance: 525, top1: 71.878)
      ],
      build: { weights throws(WeightError) in try network(.torchvision, weights) }),
    Architecture(
      name: "keras-mobilenet-v2", title: "MobileNetV2 (Keras)", preprocessing: .tensorFlow(side: 224),
      inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("block_16_project/kernel", .convolution, [1, 1, 960, 320]),
          .init("Conv_1/kernel", .convolution, [1, 1, 320, 1280]),
        ], lacks: []),
      head: Names(variant: .keras).headWeight,
      conventions: [NameConvention("Keras", .keras, modules: [:])],
      checkpoints: [
        .keras(
          "keras-mobilenet-v2", title: "MobileNetV2 (Keras)",
          file: "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", digest: nil,
          byteCount: 14_536_120, licence: "Apache-2.0", top1: 71.3)
      ],
      build: { weights throws(WeightError) in try network(.keras, weights) }),
  ]

  /// What differs between the published checkpoints.
  private enum Variant: Hashable, Sendable {
    case torchvision, keras

    var epsilon: Double { self == .torchvision ? 1e-5 : 1e-3 }

    /// Keras pads a 3x3 window with stride 2 so that an even length gets a row after only, and an odd one a row on
    /// either side: TensorFlow's SAME.
    var padding: Padding { self == .torchvision ? .symmetric(1) : .same }
  }

  private static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = Names(variant: variant)
    let classCount = try weights.classCount(names.headWeight)
    let stem = try ConvolutionLayer(
      weights, names.stem.filter, normalization: names.stem.normalization, kernel: 3, inputs: 3,
      outputs: stemChannels, stride: 2, padding: variant.padding, activation: .relu6)
    var stages = [Network.Stage(names.stem.layer, receptiveField: .window(3, stride: 2)) { stem($0) }]

    var inputs = stemChannels
    var index = 0
    for (t, c, n, s) in table {
      for repetition in 0..<n {
        let stride = repetition == 0 ? s : 1
        let hasSkip = stride == 1 && inputs == c
        let block = names.block(index, isExpanded: t != 1, hasSkip: hasSkip)
        let residual = try InvertedResidual(
          weights, block.parts, .init(inputs: inputs, outputs: c, expansion: t, kernel: 3, stride: stride),
          padding: variant.padding, activation: .relu6, hasSkip: hasSkip)
        stages.append(Network.Stage(block.layer, receptiveField: .window(3, stride: stride)) { residual($0) })
        inputs = c
        index += 1
      }
    }

    let last = try ConvolutionLayer(
      weights, names.last.filter, normalization: names.last.normalization, kernel: 1, inputs: inputs,
      outputs: headChannels, padding: .valid, activation: .relu6)
    let classifier = try ClassifierHead(
      weights, names.headWeight.name, bias: names.headBias, inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage(names.last.layer, receptiveField: ReceptiveField()) { last($0) })
    let head = Network.Head(meanOf: names.last.layer, weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: names.last.layer, classCount: classCount,
      meanReadout: Network.MeanReadout(layers: [names.last.layer], bias: classifier.bias), head: head)
  }

  /// What the checkpoints call their parameters and layers.
  private struct Names {
    typealias Block = (layer: String, parts: InvertedResidual.Parts)

    let variant: Variant

    var stem: (layer: String, filter: String, normalization: NormalizationParameters) {
      switch variant {
      case .torchvision: ("features.0", "features.0.0.weight", normalization("features.0.1"))
      case .keras: ("Conv1_relu", "Conv1/kernel", normalization("bn_Conv1"))
      }
    }

    /// The last convolution.
    var last: (layer: String, filter: String, normalization: NormalizationParameters) {
      switch variant {
      case .torchvision: ("features.18", "features.18.0.weight", normalization("features.18.1"))
      case .keras: ("out_relu", "Conv_1/kernel", normalization("Conv_1_bn"))
      }
    }

    var headWeight: HeadWeight {
      HeadWeight(variant == .torchvision ? "classifier.1.weight" : "predictions/kernel", .linear, inputs: headChannels)
    }

    var headBias: String { variant == .torchvision ? "classifier.1.bias" : "predictions/bias" }

    func block(_ index: Int, isExpanded: Bool, hasSkip: Bool) -> Block {
      variant == .torchvision
        ? torchvisionBlock(index, isExpanded: isExpanded) : kerasBlock(index, isExpanded: isExpanded, hasSkip: hasSkip)
    }

    private func torchvisionBlock(_ index: Int, isExpanded: Bool) -> Block {
      ("features.\(index + 1)", torchvisionModules(index, isExpanded: isExpanded).parts(epsilon: variant.epsilon))
    }

    /// Keras has no module for a block: its layer is the last operation, the sum or the normalisation.
    private func kerasBlock(_ index: Int, isExpanded: Bool, hasSkip: Bool) -> Block {
      let prefix = index == 0 ? "expanded_conv" : "block_\(index)"
      func part(_ name: String) -> InvertedResidual.Part {
        ("\(prefix)_\(name)/kernel", normalization("\(prefix)_\(name)_BN"))
      }
      let parts = InvertedResidual.Parts(
        expand: isExpanded ? part("expand") : nil, depthwise: part("depthwise"), project: part("project"))
      return (prefix + (hasSkip ? "_add" : "_project_BN"), parts)
    }

    private func normalization(_ name: String) -> NormalizationParameters {
      switch variant {
      case .torchvision: NormalizationParameters(name, epsilon: variant.epsilon)
      case .keras: NormalizationParameters(keras: name, epsilon: variant.epsilon)
      }
    }
  }

  /// torchvision numbers a block's parts in order: without an expansion the depthwise convolution is number 0.
  private static func torchvisionModules(_ index: Int, isExpanded: Bool) -> InvertedResidualModules {
    let name = "features.\(index + 1).conv"
    let first = isExpanded ? 1 : 0
    return InvertedResidualModules(
      expand: isExpanded ? (name + ".0.0", name + ".0.1") : nil,
      depthwise: ("\(name).\(first).0", "\(name).\(first).1"),
      project: ("\(name).\(first + 1)", "\(name).\(first + 2)"))
  }

  private static var modulesFromTimm: [String: String] {
    var index = 0
    let stages = table.map { row in
      (0..<row.n).map { _ in
        defer { index += 1 }
        return torchvisionModules(index, isExpanded: row.t != 1)
      }
    }
    return InvertedResidualModules.fromTimm(
      stem: ("features.0.0", "features.0.1"), stages: stages, head: ("features.18.0", "features.18.1"),
      classifier: "classifier.1")
  }
}
