import Autodiff
import Images

/// ResNet as Keras Applications has it: the paper's own first version, whose blocks stride in their first 1x1
/// convolution, with biases beside the normalisations.
///
/// - Paper: He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, table 1, as in `ResNet`.
/// - Checkpoints: Keras Applications' `ResNet50`, `ResNet101` and `ResNet152`; parameters and layers keep their names.
/// - Published top-1 on ImageNet: 74.9, 76.4 and 76.6 % (Keras).
///
/// Layers: Keras' layers; the default is the last block's result. Of each group but the last only the last block's
/// result is kept.
enum KerasResNet {
  /// ResNet's columns; of Keras' file the MD5, bytes and how far they may be off, top-1. The sizes of the larger two
  /// are worked out from the number of parameters and tensors.
  static let table: [(layers: Int, md5: String, bytes: Int, tolerance: Int, top1: Double)] = [
    (50, "2cb95161c43110f7111970584f804107", 102_967_424, 0, 74.9),
    (101, "f1aeb4b969a6efcfb50fad2f0c20cfc5", 179_648_000, 900_000, 76.4),
    (152, "100835be76be38e30d865e96f2aaae62", 242_900_000, 1_200_000, 76.6),
  ]

  /// A block's result has this many times the channels of its 3x3 convolution.
  static let expansion = 4
  static let epsilon = 1.001e-5

  static let architectures = table.map { layers, md5, bytes, tolerance, top1 in
    let blocks = ResNet.network(layers).blocks
    let (name, title) = ("keras-resnet\(layers)", "ResNet-\(layers) (Keras)")
    return Architecture(
      name: name, title: title, preprocessing: .caffe(side: 224), inputSides: 32...1024,
      signature: signature(blocks), head: headWeight,
      conventions: [NameConvention("Keras", .keras, modules: [:])],
      checkpoints: [
        .keras(
          name, title: title, file: "resnet/resnet\(layers)_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5(md5), byteCount: bytes, tolerance: tolerance, licence: "MIT", top1: top1)
      ],
      build: { weights throws(WeightError) in try network(blocks, weights) })
  }

  private static let headWeight = HeadWeight(
    "predictions/kernel", .linear, inputs: expansion * ResidualNetwork.channels.last!)

  private static func signature(_ blocks: [Int]) -> NetworkSignature {
    var has: [ParameterDescription] = [
      .init("conv2_block1_1_conv/kernel", .convolution, [1, 1, 64, 64]),
      .init("conv2_block1_1_bn/gamma", .vector, [64]),
    ]
    for (group, count) in blocks.enumerated() {
      let channels = ResidualNetwork.channels[group]
      has.append(
        .init(
          "conv\(group + 2)_block\(count)_3_conv/kernel", .convolution, [1, 1, channels, expansion * channels]))
    }
    return NetworkSignature(
      has: has,
      lacks: blocks.enumerated().map { group, count in "conv\(group + 2)_block\(count + 1)_1_conv/kernel" }
        + ["conv2_block1_preact_bn/gamma"])
  }

  private static func network(_ blocks: [Int], _ weights: WeightReader) throws(WeightError) -> Network {
    let stem = try convolution(
      weights, "conv1", kernel: 7, inputs: 3, outputs: ResidualNetwork.stemChannels, stride: 2)
    var stages = [
      Network.Stage("conv1_relu", receptiveField: .window(7, stride: 2)) { stem($0) },
      // Keras pads with zeros, which change no maximum of what a ReLU gives.
      Network.Stage("pool1_pool", receptiveField: .window(3, stride: 2)) {
        maxPooling($0, kernel: 3, stride: 2, padding: .symmetric(1))
      },
    ]
    var inputs = ResidualNetwork.stemChannels
    for (group, count) in blocks.enumerated() {
      for index in 1...count {
        let name = "conv\(group + 2)_block\(index)"
        let stride = index == 1 && group > 0 ? 2 : 1
        let block = try bottleneck(weights, name, group, inputs: inputs, stride: stride)
        // The 3x3 convolution reaches as far in its own, coarser pixels.
        stages.append(
          Network.Stage(
            name + "_out", isKept: group == blocks.count - 1 || index == count,
            receptiveField: ReceptiveField(stride: stride).followed(by: .window(3))
          ) { block($0) })
        inputs = expansion * ResidualNetwork.channels[group]
      }
    }

    return try Network(readingMeanOf: stages, weights, headWeight)
  }

  private static func bottleneck(
    _ weights: WeightReader, _ name: String, _ group: Int, inputs: Int, stride: Int
  ) throws(WeightError) -> ResidualBlock {
    let channels = ResidualNetwork.channels[group]
    let outputs = expansion * channels
    let reduce = try convolution(
      weights, name + "_1", kernel: 1, inputs: inputs, outputs: channels, stride: stride)
    let middle = try convolution(
      weights, name + "_2", kernel: 3, inputs: channels, outputs: channels, side: ResidualNetwork.firstSide >> group)
    let restore = try convolution(weights, name + "_3", kernel: 1, inputs: channels, outputs: outputs)
    var projection: ConvolutionLayer?
    if inputs != outputs {
      projection = try convolution(
        weights, name + "_0", kernel: 1, inputs: inputs, outputs: outputs, stride: stride, activation: .identity)
    }
    return ResidualBlock([reduce, middle], last: restore, projection: projection)
  }

  private static func convolution(
    _ weights: WeightReader, _ name: String, kernel: Int, inputs: Int, outputs: Int, stride: Int = 1,
    activation: Activation = .relu, side: Int? = nil
  ) throws(WeightError) -> ConvolutionLayer {
    try ConvolutionLayer(
      weights, name + "_conv/kernel", bias: name + "_conv/bias",
      normalization: NormalizationParameters(keras: name + "_bn", epsilon: epsilon), kernel: kernel, inputs: inputs,
      outputs: outputs, stride: stride, padding: .symmetric(kernel / 2), activation: activation, side: side)
  }
}
