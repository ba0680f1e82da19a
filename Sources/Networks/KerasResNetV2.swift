import Autodiff
import Images

/// ResNet V2: normalisation and ReLU stand before the convolutions, so that a shortcut passes on what it gets.
///
/// - Paper: He et al., "Identity Mappings in Deep Residual Networks", arXiv 1603.05027, figure 4 (e); its blocks are
///   those of ResNet's table.
/// - Checkpoints: Keras Applications' `ResNet50V2`, `ResNet101V2` and `ResNet152V2`; parameters and layers keep their
///   names.
/// - Published top-1 on ImageNet: 76.0, 77.2 and 78.0 % (Keras).
///
/// A group strides in its last block, whose shortcut then takes every second pixel. Layers: Keras' layers; the default
/// is the ReLU after the last block. The stem has neither normalisation nor ReLU. Of each group but the last only the
/// last block's result is kept.
enum KerasResNetV2 {
  /// ResNet's columns; of Keras' file the MD5, bytes, top-1. The sizes are worked out from the number of parameters and
  /// tensors.
  static let table: [(layers: Int, md5: String, bytes: Int, top1: Double)] = [
    (50, "3ef43a0b657b3be2300d5770ece849e0", 102_870_000, 76.0),
    (101, "6343647c601c52e1368623803854d971", 179_520_000, 77.2),
    (152, "a49b44d1979771252814e80f8ec446f9", 242_740_000, 78.0),
  ]

  static let expansion = 4
  static let epsilon = 1.001e-5

  static let architectures = table.map { layers, md5, bytes, top1 in
    let blocks = ResNet.network(layers).blocks
    let (name, title) = ("keras-resnet\(layers)v2", "ResNet-\(layers) V2 (Keras)")
    return Architecture(
      name: name, title: title, preprocessing: .tensorFlow(side: 224), inputSides: 32...1024,
      signature: signature(blocks), head: headWeight,
      conventions: [NameConvention("Keras", .keras, modules: [:])],
      checkpoints: [
        .keras(
          name, title: title, file: "resnet/resnet\(layers)v2_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5(md5), byteCount: bytes, tolerance: bytes / 200, licence: "Apache-2.0", top1: top1)
      ],
      build: { weights throws(WeightError) in try network(blocks, weights) })
  }

  private static let headWeight = HeadWeight(
    "predictions/kernel", .linear, inputs: expansion * ResidualNetwork.channels.last!)

  private static func signature(_ blocks: [Int]) -> NetworkSignature {
    var has: [ParameterDescription] = [.init("conv2_block1_preact_bn/gamma", .vector, [64])]
    for (group, count) in blocks.enumerated() {
      let channels = ResidualNetwork.channels[group]
      has.append(
        .init(
          "conv\(group + 2)_block\(count)_3_conv/kernel", .convolution, [1, 1, channels, expansion * channels]))
    }
    return NetworkSignature(
      has: has,
      lacks: blocks.enumerated().map { group, count in "conv\(group + 2)_block\(count + 1)_1_conv/kernel" })
  }

  private static func network(_ blocks: [Int], _ weights: WeightReader) throws(WeightError) -> Network {
    let stem = try ConvolutionLayer(
      weights, "conv1_conv/kernel", bias: "conv1_conv/bias", kernel: 7, inputs: 3,
      outputs: ResidualNetwork.stemChannels, stride: 2, padding: .symmetric(3), activation: .identity)
    // Without a ReLU the stem's results may all be negative, so the zeros that Keras puts around them count. To
    // multiply by 1 with padding puts them there.
    let ones = weights.tensor(
      [1, 1, ResidualNetwork.stemChannels], [Float](repeating: 1, count: ResidualNetwork.stemChannels))
    var stages = [
      Network.Stage("conv1_conv", receptiveField: .window(7, stride: 2)) { stem($0) },
      Network.Stage("pool1_pool", receptiveField: .window(3, stride: 2)) {
        maxPooling(
          depthwiseConvolution($0, filter: .constant(ones), padding: .symmetric(1)), kernel: 3, stride: 2)
      },
    ]
    var inputs = ResidualNetwork.stemChannels
    for (group, count) in blocks.enumerated() {
      let channels = ResidualNetwork.channels[group]
      for index in 1...count {
        let name = "conv\(group + 2)_block\(index)"
        let stride = index == count && group < blocks.count - 1 ? 2 : 1
        let side = ResidualNetwork.firstSide >> group
        let block = try Block(
          weights, name, inputs: inputs, channels: channels, stride: stride, isProjected: index == 1, side: side)
        stages.append(
          Network.Stage(
            name + "_out", isKept: group == blocks.count - 1 || index == count,
            receptiveField: .window(3, stride: stride)
          ) { block($0) })
        inputs = expansion * channels
      }
    }

    let last = try NormalizedActivation(
      weights, NormalizationParameters(keras: "post_bn", epsilon: epsilon), channels: inputs, activation: .relu)
    stages.append(Network.Stage("post_relu", receptiveField: ReceptiveField()) { last($0) })
    return try Network(readingMeanOf: stages, weights, headWeight)
  }

  /// Normalisation and ReLU, then reduce 1x1, 3x3, restore 1x1; a group's first shortcut is projected after the ReLU,
  /// the others are the block's input.
  private struct Block: Sendable {
    private let activation: NormalizedActivation
    private let projection: ConvolutionLayer?
    private let reduce: ConvolutionLayer
    private let middle: ConvolutionLayer
    private let restore: ConvolutionLayer
    private let stride: Int

    init(
      _ weights: WeightReader, _ name: String, inputs: Int, channels: Int, stride: Int, isProjected: Bool, side: Int
    ) throws(WeightError) {
      let outputs = expansion * channels
      activation = try NormalizedActivation(
        weights, NormalizationParameters(keras: name + "_preact_bn", epsilon: epsilon), channels: inputs,
        activation: .relu)
      reduce = try ConvolutionLayer(
        weights, name + "_1_conv/kernel",
        normalization: NormalizationParameters(keras: name + "_1_bn", epsilon: epsilon), kernel: 1, inputs: inputs,
        outputs: channels, padding: .valid, activation: .relu)
      middle = try ConvolutionLayer(
        weights, name + "_2_conv/kernel",
        normalization: NormalizationParameters(keras: name + "_2_bn", epsilon: epsilon), kernel: 3, inputs: channels,
        outputs: channels, stride: stride, padding: .symmetric(1), activation: .relu, side: stride == 1 ? side : nil)
      restore = try ConvolutionLayer(
        weights, name + "_3_conv/kernel", bias: name + "_3_conv/bias", kernel: 1, inputs: channels, outputs: outputs,
        padding: .valid, activation: .identity)
      projection =
        isProjected
        ? try ConvolutionLayer(
          weights, name + "_0_conv/kernel", bias: name + "_0_conv/bias", kernel: 1, inputs: inputs, outputs: outputs,
          padding: .valid, activation: .identity) : nil
      self.stride = stride
    }

    func callAsFunction(_ x: Variable) -> Variable {
      let activated = activation(x)
      let shortcut =
        projection?(activated) ?? (stride == 1 ? x : maxPooling(x, kernel: 1, stride: stride))
      return restore(middle(reduce(activated)), adding: shortcut)
    }
  }
}
