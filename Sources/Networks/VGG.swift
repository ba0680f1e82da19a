import Autodiff
import Images

/// VGG: eight to sixteen 3x3 convolutions and three fully connected layers.
///
/// - Paper: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv
///   1409.1556, table 1, configurations A, B, D and E.
/// - Checkpoints: torchvision's `vgg11` to `vgg19`, weights V1, with batch normalisation (`vgg11_bn`) and without; and
///   Keras Applications' `VGG16` and `VGG19`; parameters keep the names of each.
/// - Published top-1 on ImageNet: 69.0, 69.9, 71.6 and 72.4 %, with normalisation 70.4, 71.6, 73.4 and 74.2 %
///   (torchvision); 71.3 % for both of Keras'.
///
/// Layers: torchvision's ReLUs and poolings, or Keras' layers (whose convolutions include the ReLU); the default is the
/// last convolution's ReLU. The first block's results are 13 MB each, so the first layer is its pooling; of the next
/// three blocks only the pooling is kept. The fully connected layers take a picture of 224x224 and no other.
enum VGG {
  /// Table 1, by the number of layers with weights: 3x3 convolutions between the poolings.
  static let table: [(layers: Int, convolutions: [Int])] = [
    (11, [1, 1, 2, 2, 2]),  // A
    (13, [2, 2, 2, 2, 2]),  // B
    (16, [2, 2, 3, 3, 3]),  // D
    (19, [2, 2, 4, 4, 4]),  // E
  ]

  /// Channels of the convolutions of each block.
  static let channels = [64, 128, 256, 512, 512]

  static let hiddenUnits = 4096
  /// Height and width of the image; each pooling halves it.
  static let inputSide = 224
  /// Pixels that remain after the last pooling.
  static let finalPixels = 7 * 7
  static let epsilon = 1e-5

  /// Of torchvision's files: the first digits of the SHA-256, size in MiB, top-1; without and with normalisation.
  private static let published: [Int: [(digest: String, mebibytes: Double, top1: Double)]] = [
    11: [("8a719046", 506.840, 69.020), ("6002323d", 506.881, 70.370)],
    13: [("19584684", 507.545, 69.928), ("abd245e5", 507.590, 71.586)],
    16: [("397923af", 527.796, 71.592), ("6c64b313", 527.866, 73.360)],
    19: [("dcbb9e9d", 548.051, 72.376), ("c79401a0", 548.143, 74.218)],
  ]

  /// Of Keras' files: the MD5, bytes (of the larger one about), top-1.
  private static let publishedByKeras: [Int: (md5: String, bytes: Int, top1: Double)] = [
    16: ("64373286793e3c8b2b4e3219cbf3544b", 553_467_096, 71.3),
    19: ("cbe5617147190e668d6c5d5026f83318", 574_710_816, 71.3),
  ]

  static let architectures =
    [false, true].flatMap { isNormalized in
      table.map { layers, convolutions in
        let (file, title) = ("vgg\(layers)", "VGG-\(layers)")
        let (digest, mebibytes, top1) = published[layers]![isNormalized ? 1 : 0]
        return architecture(
          isNormalized ? file + "-bn" : file, isNormalized ? title + " with batch normalisation" : title,
          convolutions, isNormalized ? .normalized : .torchvision
        ) { name, title in
          .torchvision(
            name, title: title, file: isNormalized ? file + "_bn" : file, digest: digest, mebibytes: mebibytes,
            top1: top1)
        }
      }
    }
    + table.compactMap { layers, convolutions in
      publishedByKeras[layers].map { md5, bytes, top1 in
        architecture("keras-vgg\(layers)", "VGG-\(layers) (Keras)", convolutions, .keras) { name, title in
          .keras(
            name, title: title, file: "vgg\(layers)/vgg\(layers)_weights_tf_dim_ordering_tf_kernels.h5",
            digest: .md5(md5), byteCount: bytes, tolerance: layers == 16 ? 0 : 100_000, licence: "CC-BY-4.0", top1: top1
          )
        }
      }
    }

  private static func architecture(
    _ name: String, _ title: String, _ convolutions: [Int], _ variant: Variant,
    _ checkpoint: (_ name: String, _ title: String) -> PublishedCheckpoint
  ) -> Architecture {
    let names = Names(variant: variant, convolutions: convolutions)
    return Architecture(
      name: name, title: title,
      preprocessing: variant == .keras ? .caffe(side: inputSide) : .torchvision(filter: .bilinear),
      inputSides: inputSide...inputSide, signature: signature(names), head: names.headWeight,
      conventions: conventions(variant), checkpoints: [checkpoint(name, title)],
      build: { weights throws(WeightError) in try network(names, weights) })
  }

  /// The last convolution of each block; torchvision's numbers tell one configuration from another.
  private static func signature(_ names: Names) -> NetworkSignature {
    let has = names.convolutions.enumerated().map { block, count in
      let inputs = count == 1 ? (block == 0 ? 3 : channels[block - 1]) : channels[block]
      return ParameterDescription(
        names.convolution(count - 1, of: block).weight, .convolution, [3, 3, inputs, channels[block]])
    }
    let next = names.convolutions.enumerated().map { block, count in names.convolution(count, of: block).weight }
    // torchvision's number of a further convolution in the last block is in use only in deeper networks.
    return NetworkSignature(has: has, lacks: names.variant == .keras ? next : [next.last!])
  }

  private static func conventions(_ variant: Variant) -> [NameConvention] {
    if variant == .keras { return [NameConvention("Keras", .keras, modules: [:])] }
    return [
      NameConvention("torchvision", .pyTorch, modules: [:]),
      // timm's classifier is made of convolutions, whose elements lie as those of torchvision's fully connected layers.
      NameConvention(
        "timm", .pyTorch,
        modules: ["pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.3", "head.fc": "classifier.6"]),
    ]
  }

  /// Whose names the parameters have, and how the last pooling is flattened: channels outermost (torchvision) or
  /// innermost (Keras).
  private enum Variant: Hashable, Sendable {
    case torchvision, keras
    /// torchvision's with a batch normalisation after each convolution.
    case normalized
  }

  private static func network(_ names: Names, _ weights: WeightReader) throws(WeightError) -> Network {
    var stages: [Network.Stage] = []
    var targetLayer = ""
    var inputs = 3
    for (block, count) in names.convolutions.enumerated() {
      let isLast = block == names.convolutions.count - 1
      var convolutions: [ConvolutionLayer] = []
      for index in 0..<count {
        let (layer, weight, bias, normalization) = names.convolution(index, of: block)
        let convolution = try ConvolutionLayer(
          weights, weight, bias: bias,
          normalization: normalization.map { NormalizationParameters($0, epsilon: epsilon) }, kernel: 3,
          inputs: inputs, outputs: channels[block], padding: .symmetric(1), activation: .relu,
          side: inputSide >> block)
        convolutions.append(convolution)
        inputs = channels[block]
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

    if let features = names.headWeight.hidden?.features, !weights.has(names.fullyConnected(0).weight, .linear) {
      let width = try weights.width(intoClassifier: names.headWeight)
      if features.contains(width) { return try network(stages, targetLayer, names, ofFeatures: width, weights) }
    }
    let classCount = try weights.classCount(names.headWeight)
    let first = try firstFullyConnected(weights, names.fullyConnected(0), names.variant, channels: inputs)
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

  /// With another classifier in the place of all three layers, of the last pooling's result or of its mean over space.
  private static func network(
    _ stages: [Network.Stage], _ targetLayer: String, _ names: Names, ofFeatures width: Int, _ weights: WeightReader
  ) throws(WeightError) -> Network {
    let isMean = width == channels.last!
    let head = HeadWeight(names.headWeight.name, .linear, inputs: width)
    let classCount = try weights.classCount(head)
    let classifier = try ClassifierHead(
      weights, head.name, bias: head.bias, inputs: width, outputs: classCount,
      flattening: isMean || names.variant == .keras ? nil : channels.last!)
    let dropout = Dropout(weights)
    let last = Network.Head(
      after: stages.last!.name,
      features: { classifier.lastInputs(isMean ? globalAveragePool($0) : flattened($0)) },
      classify: { classifier.logits(ofLastInputs: dropout($0)) }, hasHiddenLayers: true)
    try weights.requireAllUsed()
    return Network(
      stages: stages + [Network.Stage("logits") { last($0) }], targetLayer: targetLayer, classCount: classCount,
      head: last)
  }

  private static func firstFullyConnected(
    _ weights: WeightReader, _ names: (weight: String, bias: String), _ variant: Variant, channels: Int
  ) throws(WeightError) -> FullyConnectedLayer {
    switch variant {
    case .torchvision, .normalized:
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
    /// Of each block.
    let convolutions: [Int]

    typealias Convolution = (layer: String, weight: String, bias: String, normalization: String?)

    func convolution(_ index: Int, of block: Int) -> Convolution {
      if variant == .keras {
        let layer = "block\(block + 1)_conv\(index + 1)"
        return (layer, layer + "/kernel", layer + "/bias", nil)
      }
      let number = moduleCount(before: block) + modulesOfAConvolution * index
      return (
        "features.\(number + modulesOfAConvolution - 1)", "features.\(number).weight", "features.\(number).bias",
        variant == .normalized ? "features.\(number + 1)" : nil
      )
    }

    func pooling(of block: Int) -> String {
      variant == .keras ? "block\(block + 1)_pool" : "features.\(moduleCount(before: block + 1) - 1)"
    }

    var headWeight: HeadWeight {
      HeadWeight(
        fullyConnected(2).weight, .linear, inputs: hiddenUnits,
        hidden: HeadWeight.Hidden(
          modules: [0, 1].map { module(ofParameter: fullyConnected($0).weight) },
          features: [VGG.finalPixels * VGG.channels.last!, VGG.channels.last!]))
    }

    func fullyConnected(_ index: Int) -> (weight: String, bias: String) {
      if variant == .keras {
        let layer = ["fc1", "fc2", "predictions"][index]
        return (layer + "/kernel", layer + "/bias")
      }
      return ("classifier.\(3 * index).weight", "classifier.\(3 * index).bias")
    }

    /// torchvision's: itself, its normalisation if it has one, its ReLU.
    private var modulesOfAConvolution: Int { variant == .normalized ? 3 : 2 }

    /// torchvision's; each block ends with a pooling.
    private func moduleCount(before block: Int) -> Int {
      convolutions[..<block].reduce(0) { $0 + modulesOfAConvolution * $1 + 1 }
    }
  }
}
