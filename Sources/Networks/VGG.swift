import Autodiff
import Images

/// VGG-16: thirteen 3x3 convolutions and three fully connected layers.
///
/// - Paper: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv
///   1409.1556, table 1, configuration D.
/// - Checkpoints: torchvision's `vgg16`, weights V1, and Keras Applications' `VGG16`; parameters keep the names of
///   each.
/// - Published top-1 on ImageNet: 71.6 % (torchvision), 71.3 % (Keras).
///
/// Layers: torchvision's ReLUs and poolings, or Keras' layers (whose convolutions include the ReLU); the default is the
/// last convolution's ReLU. The first block's results are 13 MB each, so the first layer is its pooling; of the next
/// three blocks only the pooling is kept. The fully connected layers take a picture of 224x224 and no other.
enum VGG {
  /// Table 1, column D: channels of the 3x3 convolutions between the poolings.
  static let table: [[Int]] = [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ]

  static let hiddenUnits = 4096
  /// Height and width of the image; each pooling halves it.
  static let inputSide = 224
  /// Pixels that remain after the last pooling.
  static let finalPixels = 7 * 7

  static let architectures = [
    Architecture(
      name: "vgg16", title: "VGG-16", preprocessing: .torchvision(filter: .bilinear),
      inputSides: inputSide...inputSide,
      signature: NetworkSignature(
        has: [
          .init("features.14.weight", .convolution, [3, 3, 256, 256]),
          .init("features.28.weight", .convolution, [3, 3, 512, 512]),
        ], lacks: ["features.30.weight"]),
      head: Names(variant: .torchvision).headWeight,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        // timm's classifier is made of convolutions, whose elements lie as those of torchvision's fully connected
        // layers.
        NameConvention(
          "timm", .pyTorch,
          modules: ["pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.3", "head.fc": "classifier.6"]),
      ],
      checkpoints: [
        .torchvision(
          "vgg16", title: "VGG-16", file: "vgg16", digest: "397923af", byteCount: 553_433_881, top1: 71.592)
      ],
      build: { weights throws(WeightError) in try network(.torchvision, weights) }),
    Architecture(
      name: "keras-vgg16", title: "VGG-16 (Keras)", preprocessing: .caffe(side: inputSide),
      inputSides: inputSide...inputSide,
      signature: NetworkSignature(
        has: [
          .init("block3_conv3/kernel", .convolution, [3, 3, 256, 256]),
          .init("block5_conv3/kernel", .convolution, [3, 3, 512, 512]),
        ], lacks: ["block3_conv4/kernel"]),
      head: Names(variant: .keras).headWeight,
      conventions: [NameConvention("Keras", .keras, modules: [:])],
      checkpoints: [
        .keras(
          "keras-vgg16", title: "VGG-16 (Keras)", file: "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5("64373286793e3c8b2b4e3219cbf3544b"), byteCount: 553_467_096, licence: "CC-BY-4.0", top1: 71.3)
      ],
      build: { weights throws(WeightError) in try network(.keras, weights) }),
  ]

  /// Whose names the parameters have, and how the last pooling is flattened: channels outermost (torchvision) or
  /// innermost (Keras).
  private enum Variant: Hashable, Sendable {
    case torchvision, keras
  }

  private static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = Names(variant: variant)
    var stages: [Network.Stage] = []
    var targetLayer = ""
    var inputs = 3
    for (block, widths) in table.enumerated() {
      let isLast = block == table.count - 1
      var convolutions: [ConvolutionLayer] = []
      for (index, outputs) in widths.enumerated() {
        let (layer, weight, bias) = names.convolution(index, of: block)
        let convolution = try ConvolutionLayer(
          weights, weight, bias: bias, kernel: 3, inputs: inputs, outputs: outputs, padding: .symmetric(1),
          activation: .relu, side: inputSide >> block)
        convolutions.append(convolution)
        inputs = outputs
        guard block > 0 else { continue }
        stages.append(Network.Stage(layer, isKept: isLast, receptiveField: .window(3)) { convolution($0) })
        targetLayer = layer
      }
      let unstaged = block == 0 ? convolutions : []
      stages.append(
        Network.Stage(
          names.pooling(of: block),
          receptiveField: unstaged.reduce(ReceptiveField()) { field, _ in field.followed(by: .window(3)) }
            .followed(by: .unpadded(2, stride: 2))
        ) { x in
          maxPooling(unstaged.reduce(x) { $1($0) }, kernel: 2, stride: 2)
        })
    }

    let classCount = try weights.classCount(names.headWeight)
    let first = try firstFullyConnected(weights, names.fullyConnected(0), variant, channels: inputs)
    let second = try FullyConnectedLayer(
      weights, names.fullyConnected(1).weight, bias: names.fullyConnected(1).bias, inputs: hiddenUnits,
      outputs: hiddenUnits)
    let third = try ClassifierHead(
      weights, names.headWeight.name, bias: names.fullyConnected(2).bias, inputs: hiddenUnits, outputs: classCount)
    let dropout = Dropout(weights)
    let head = Network.Head(
      after: stages.last!.name,
      features: { activate(second(activate(first(flattened($0)), .relu)), .relu) }, classify: { third(dropout($0)) })
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(stages: stages, targetLayer: targetLayer, classCount: classCount, head: head)
  }

  private static func firstFullyConnected(
    _ weights: WeightReader, _ names: (weight: String, bias: String), _ variant: Variant, channels: Int
  ) throws(WeightError) -> FullyConnectedLayer {
    switch variant {
    case .torchvision:
      try FullyConnectedLayer(
        weights, names.weight, bias: names.bias, flattening: channels, pixels: finalPixels, outputs: hiddenUnits)
    case .keras:
      try FullyConnectedLayer(
        weights, names.weight, bias: names.bias, inputs: finalPixels * channels, outputs: hiddenUnits)
    }
  }

  /// What the checkpoints call their parameters and layers.
  private struct Names {
    let variant: Variant

    func convolution(_ index: Int, of block: Int) -> (layer: String, weight: String, bias: String) {
      switch variant {
      case .torchvision:
        // Each convolution is followed by a module for its ReLU, each block by one for its pooling.
        let number = moduleCount(before: block) + 2 * index
        return ("features.\(number + 1)", "features.\(number).weight", "features.\(number).bias")
      case .keras:
        let layer = "block\(block + 1)_conv\(index + 1)"
        return (layer, layer + "/kernel", layer + "/bias")
      }
    }

    func pooling(of block: Int) -> String {
      switch variant {
      case .torchvision: "features.\(moduleCount(before: block + 1) - 1)"
      case .keras: "block\(block + 1)_pool"
      }
    }

    var headWeight: HeadWeight { HeadWeight(fullyConnected(2).weight, .linear, inputs: hiddenUnits) }

    func fullyConnected(_ index: Int) -> (weight: String, bias: String) {
      switch variant {
      case .torchvision: ("classifier.\(3 * index).weight", "classifier.\(3 * index).bias")
      case .keras:
        (
          ["fc1/kernel", "fc2/kernel", "predictions/kernel"][index],
          ["fc1/bias", "fc2/bias", "predictions/bias"][index]
        )
      }
    }

    private func moduleCount(before block: Int) -> Int { table[..<block].reduce(0) { $0 + 2 * $1.count + 1 } }
  }
}
