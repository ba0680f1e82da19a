import Autodiff
import Images

/// ResNet-50: bottlenecks with shortcuts around them.
///
/// - Paper: He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, table 1, the column
///   "50-layer".
/// - Checkpoints: torchvision's `resnet50`, weights V1, and Keras Applications' `ResNet50`; parameters keep the names
///   of each.
/// - Published top-1 on ImageNet: 76.1 % (torchvision), 74.9 % (Keras).
///
/// Layers: torchvision's modules, or Keras' layers; the default is the last block's result. Of each group but the
/// last only the last block's result is kept.
enum ResNet {
  /// Table 1, conv2_x to conv5_x: channels of the 3x3 convolution, blocks, stride of the first.
  static let table: [(channels: Int, blocks: Int, stride: Int)] = [
    (64, 3, 1),
    (128, 4, 2),
    (256, 6, 2),
    (512, 3, 2),
  ]

  static let stemChannels = 64
  /// A block's result has this many times the channels of its 3x3 convolution.
  static let expansion = 4
  /// Height and width of what the first group sees of an image of 224 x 224; each further group halves it.
  static let firstSide = 56

  static let architectures = [
    Architecture(
      name: "resnet50", title: "ResNet-50 v1.5", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("layer1.0.conv1.weight", .convolution, [1, 1, 64, 64]),
          .init("layer3.5.conv3.weight", .convolution, [1, 1, 256, 1024]),
          .init("layer4.2.conv3.weight", .convolution, [1, 1, 512, 2048]),
        ], lacks: ["layer3.6.conv1.weight"]),
      head: Names(variant: .torchvision).headWeight,
      conventions: [NameConvention("torchvision and timm", .pyTorch, modules: [:])],
      checkpoints: [
        .torchvision(
          "resnet50", title: "ResNet-50", file: "resnet50", digest: "0676ba61", byteCount: 102_530_333, top1: 76.130)
      ],
      build: { weights throws(WeightError) in try network(.torchvision, weights) }),
    Architecture(
      name: "keras-resnet50", title: "ResNet-50 (Keras)", preprocessing: .caffe(side: 224), inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("conv2_block1_1_conv/kernel", .convolution, [1, 1, 64, 64]),
          .init("conv2_block1_1_bn/gamma", .vector, [64]),
          .init("conv4_block6_3_conv/kernel", .convolution, [1, 1, 256, 1024]),
          .init("conv5_block3_3_conv/kernel", .convolution, [1, 1, 512, 2048]),
        ], lacks: ["conv4_block7_1_conv/kernel"]),
      head: Names(variant: .keras).headWeight,
      conventions: [NameConvention("Keras", .keras, modules: [:])],
      checkpoints: [
        .keras(
          "keras-resnet50", title: "ResNet-50 (Keras)", file: "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5("2cb95161c43110f7111970584f804107"), byteCount: 102_967_424, licence: "MIT", top1: 74.9)
      ],
      build: { weights throws(WeightError) in try network(.keras, weights) }),
  ]

  /// What differs between the published checkpoints.
  private enum Variant: Hashable, Sendable {
    /// "v1.5": a block strides in its 3x3 convolution.
    case torchvision
    /// The paper's: a block strides in its first 1x1 convolution. Convolutions have biases beside their normalisation.
    case keras

    var epsilon: Double { self == .torchvision ? 1e-5 : 1.001e-5 }
  }

  private static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = Names(variant: variant)
    let classCount = try weights.classCount(names.headWeight)
    let stem = try convolution(
      weights, names.stem.part, variant, kernel: 7, inputs: 3, outputs: stemChannels, stride: 2)
    var stages = [
      Network.Stage(names.stem.layer, receptiveField: .window(7, stride: 2)) { stem($0) },
      // Keras pads with zeros, which change no maximum of what a ReLU gives.
      Network.Stage(names.stem.pooling, receptiveField: .window(3, stride: 2)) {
        maxPooling($0, kernel: 3, stride: 2, padding: .symmetric(1))
      },
    ]

    var inputs = stemChannels
    for (group, (channels, blocks, stride)) in table.enumerated() {
      for index in 0..<blocks {
        let (layer, part) = names.block(index, of: group)
        let blockStride = index == 0 ? stride : 1
        let block = try Bottleneck(
          weights, part, variant, inputs: inputs, channels: channels, stride: blockStride, side: firstSide >> group)
        // Where the stride is the reducing convolution's, the 3x3 one reaches as far in its own, coarser pixels.
        let field =
          variant == .keras
          ? ReceptiveField(stride: blockStride).followed(by: .window(3)) : ReceptiveField.window(3, stride: blockStride)
        let isKept = group == table.count - 1 || index == blocks - 1
        stages.append(Network.Stage(layer, isKept: isKept, receptiveField: field) { block($0) })
        inputs = expansion * channels
      }
      // torchvision's name of the whole group: the last block's result once more, at no cost.
      if variant == .torchvision {
        stages.append(Network.Stage("layer\(group + 1)", isKept: false, receptiveField: ReceptiveField()) { $0 })
      }
    }

    let targetLayer = stages.last!.name
    let lastBlock = names.block(table.last!.blocks - 1, of: table.count - 1).layer
    let classifier = try ClassifierHead(
      weights, names.headWeight.name, bias: names.headBias, inputs: names.headWeight.inputs, outputs: classCount)
    let head = Network.Head(meanOf: targetLayer, weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: targetLayer, classCount: classCount,
      meanReadout: Network.MeanReadout(layers: [lastBlock, targetLayer], bias: classifier.bias), head: head)
  }

  /// Reduce 1x1, 3x3, restore 1x1, and the shortcut, which is projected where the shape changes: figure 5 and equation
  /// 2.
  private struct Bottleneck: Sendable {
    private let reduce: ConvolutionLayer
    private let middle: ConvolutionLayer
    private let restore: ConvolutionLayer
    private let projection: ConvolutionLayer?

    init(
      _ weights: WeightReader, _ part: (Names.Place) -> Names.Part, _ variant: Variant, inputs: Int, channels: Int,
      stride: Int, side: Int
    ) throws(WeightError) {
      let outputs = expansion * channels
      let (firstStride, middleStride) = variant == .keras ? (stride, 1) : (1, stride)
      reduce = try convolution(
        weights, part(.reduce), variant, kernel: 1, inputs: inputs, outputs: channels, stride: firstStride)
      middle = try convolution(
        weights, part(.middle), variant, kernel: 3, inputs: channels, outputs: channels, stride: middleStride,
        side: middleStride == 1 ? side : nil)
      restore = try convolution(
        weights, part(.restore), variant, kernel: 1, inputs: channels, outputs: outputs)
      projection =
        inputs == outputs
        ? nil
        : try convolution(
          weights, part(.projection), variant, kernel: 1, inputs: inputs, outputs: outputs, stride: stride,
          activation: .identity)
    }

    func callAsFunction(_ x: Variable) -> Variable {
      restore(middle(reduce(x)), adding: projection?(x) ?? x)
    }
  }

  private static func convolution(
    _ weights: WeightReader, _ part: Names.Part, _ variant: Variant, kernel: Int, inputs: Int, outputs: Int,
    stride: Int = 1, activation: Activation = .relu, side: Int? = nil
  ) throws(WeightError) -> ConvolutionLayer {
    try ConvolutionLayer(
      weights, part.filter, bias: part.bias, normalization: part.normalization, kernel: kernel, inputs: inputs,
      outputs: outputs, stride: stride, padding: .symmetric(kernel / 2), activation: activation,
      side: side)
  }

  /// What the checkpoints call their parameters and layers.
  private struct Names {
    typealias Part = (filter: String, bias: String?, normalization: NormalizationParameters)

    /// A convolution's place in its block, with its number in the checkpoints (torchvision's projection has none).
    enum Place: Int {
      case projection, reduce, middle, restore
    }

    let variant: Variant

    var stem: (layer: String, pooling: String, part: Part) {
      switch variant {
      case .torchvision: ("relu", "maxpool", torchvisionPart("conv1", "bn1"))
      case .keras: ("conv1_relu", "pool1_pool", kerasPart("conv1"))
      }
    }

    var headWeight: HeadWeight {
      HeadWeight(
        variant == .torchvision ? "fc.weight" : "predictions/kernel", .linear,
        inputs: expansion * table.last!.channels)
    }

    var headBias: String { variant == .torchvision ? "fc.bias" : "predictions/bias" }

    func block(_ index: Int, of group: Int) -> (layer: String, part: (Place) -> Part) {
      switch variant {
      case .torchvision:
        let layer = "layer\(group + 1).\(index)"
        return (
          layer,
          { place in
            place == .projection
              ? torchvisionPart(layer + ".downsample.0", layer + ".downsample.1")
              : torchvisionPart("\(layer).conv\(place.rawValue)", "\(layer).bn\(place.rawValue)")
          }
        )
      case .keras:
        let prefix = "conv\(group + 2)_block\(index + 1)"
        return (prefix + "_out", { kerasPart("\(prefix)_\($0.rawValue)") })
      }
    }

    private func torchvisionPart(_ convolution: String, _ normalization: String) -> Part {
      (convolution + ".weight", nil, NormalizationParameters(normalization, epsilon: variant.epsilon))
    }

    private func kerasPart(_ prefix: String) -> Part {
      (
        prefix + "_conv/kernel", prefix + "_conv/bias",
        NormalizationParameters(keras: prefix + "_bn", epsilon: variant.epsilon)
      )
    }
  }
}
