import Autodiff
import Images

/// DenseNet: in a block each layer sees the results of all layers before it.
///
/// - Paper: Huang et al., "Densely Connected Convolutional Networks", arXiv 1608.06993, table 1.
/// - Checkpoints: torchvision's `densenet121` to `densenet201`, weights V1, whose parameter names are the names here;
///   and Keras Applications' `DenseNet121`, `DenseNet169` and `DenseNet201`, whose layers map onto them one to one.
/// - Published top-1 on ImageNet: 74.4, 77.1, 75.6 and 76.9 % (torchvision); 75.0, 76.2 and 77.3 % (Keras).
///
/// Layers: torchvision's modules, one for each dense block and transition; the default is the ReLU after the last
/// normalisation, which has no name there and is called `features.relu5` here, after `features.relu0`.
struct DenseNet: Sendable {
  /// Table 1: layers of each dense block; k, the channels that each layer adds; channels of the stem.
  static let table: [(layers: Int, blocks: [Int], k: Int, stem: Int)] = [
    (121, [6, 12, 24, 16], 32, 64),
    (161, [6, 12, 36, 24], 48, 96),
    (169, [6, 12, 32, 32], 32, 64),
    (201, [6, 12, 48, 32], 32, 64),
  ]

  /// A layer's 1x1 convolution gives this many times k channels ("DenseNet-B"), and a transition keeps half of the
  /// channels ("-C").
  static let bottleneck = 4
  static let compression = 2
  /// Height and width of what the first block sees of an image of 224 x 224; each transition halves it.
  static let firstSide = 56

  private let blocks: [Int]
  private let growth: Int
  private let stemChannels: Int
  private let epsilon: Double

  static let architectures =
    table.map { layers, blocks, k, stem in
      let network = DenseNet(blocks: blocks, growth: k, stemChannels: stem, epsilon: 1e-5)
      let (name, title) = ("densenet\(layers)", "DenseNet-\(layers)")
      let (digest, mebibytes, top1) = published[layers]!
      return network.architecture(
        name, title, .torchvision(filter: .bilinear),
        conventions: [
          NameConvention("torchvision and timm", .pyTorch, modules: [:]),
          NameConvention("torchvision's old files", .pyTorch, modules: network.modulesOfOldFiles),
        ],
        checkpoint: .torchvision(name, title: title, file: name, digest: digest, mebibytes: mebibytes, top1: top1))
    }
    + table.compactMap { layers, blocks, k, stem in
      publishedByKeras[layers].map { md5, bytes, top1 in
        let network = DenseNet(blocks: blocks, growth: k, stemChannels: stem, epsilon: 1.001e-5)
        let (name, title) = ("keras-densenet\(layers)", "DenseNet-\(layers) (Keras)")
        return network.architecture(
          name, title, .kerasTorch(side: 224), conventions: network.kerasConventions,
          checkpoint: .keras(
            name, title: title, file: "densenet/densenet\(layers)_weights_tf_dim_ordering_tf_kernels.h5",
            digest: .md5(md5), byteCount: bytes, tolerance: bytes / 150, licence: "BSD-3-Clause", top1: top1))
      }
    }

  /// Of torchvision's files: the first digits of the SHA-256, size in MiB, top-1.
  private static let published: [Int: (digest: String, mebibytes: Double, top1: Double)] = [
    121: ("a639ec97", 30.845, 74.434),
    161: ("8d451a50", 110.369, 77.138),
    169: ("b2777c0a", 54.708, 75.600),
    201: ("c1103571", 77.373, 76.896),
  ]

  /// Of Keras' files: the MD5, bytes as worked out from the number of parameters and tensors, top-1.
  private static let publishedByKeras: [Int: (md5: String, bytes: Int, top1: Double)] = [
    121: ("9d60b8095a5708f2dcce2bca79d332c7", 33_190_000, 75.0),
    169: ("d699b8f76981ab1b30698df4c175e90b", 58_540_000, 76.2),
    201: ("1ceb130c1ea1b78c3bf6114dbdfd8807", 82_530_000, 77.3),
  ]

  // MARK: - Registration

  private func architecture(
    _ name: String, _ title: String, _ preprocessing: Preprocessing, conventions: [NameConvention],
    checkpoint: PublishedCheckpoint
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: 32...1024, signature: signature,
      head: headWeight, conventions: conventions, checkpoints: [checkpoint], build: network)
  }

  /// The last layer of each of the last two blocks, whose inputs are all channels but those it adds.
  private var signature: NetworkSignature {
    let last = [2, 3].map { block in
      ParameterDescription(
        "features.denseblock\(block + 1).denselayer\(blocks[block]).conv1.weight", .convolution,
        [1, 1, inputs(of: block) + (blocks[block] - 1) * growth, Self.bottleneck * growth])
    }
    return NetworkSignature(
      has: last,
      lacks: [2, 3].map { "features.denseblock\($0 + 1).denselayer\(blocks[$0] + 1).conv1.weight" })
  }

  /// Channels that a block sees.
  private func inputs(of block: Int) -> Int {
    blocks[..<block].reduce(stemChannels) { ($0 + $1 * growth) / Self.compression }
  }

  private var headWeight: HeadWeight {
    HeadWeight("classifier.weight", .linear, inputs: inputs(of: 3) + blocks[3] * growth)
  }

  /// torchvision's published files still have names from before PyTorch 0.4.1, with a dot before the number.
  private var modulesOfOldFiles: [String: String] {
    var modules: [String: String] = [:]
    forEachLayer { name, _ in
      for part in ["norm", "conv"] {
        for number in 1...2 { modules["\(name).\(part).\(number)"] = "\(name).\(part)\(number)" }
      }
    }
    return modules
  }

  /// Keras' layers of today, and those of its published files, which are older.
  private var kerasConventions: [NameConvention] {
    var modules = ["bn": "features.norm5"]
    forEachLayer { name, theirs in
      for (part, ours) in ["0_bn": "norm1", "1_conv": "conv1", "1_bn": "norm2", "2_conv": "conv2"] {
        modules["\(theirs)_\(part)"] = "\(name).\(ours)"
      }
    }
    for transition in 1..<blocks.count {
      modules["pool\(transition + 1)_bn"] = "features.transition\(transition).norm"
      modules["pool\(transition + 1)_conv"] = "features.transition\(transition).conv"
    }
    let leaves = [
      "/kernel": ".weight", "/gamma": ".weight", "/bias": ".bias", "/beta": ".bias", "/moving_mean": ".running_mean",
      "/moving_variance": ".running_var",
    ]
    func convention(_ publisher: String, _ ends: [String: String]) -> NameConvention {
      NameConvention(publisher, .keras, modules: modules.merging(ends) { $1 }, leaves: leaves)
    }
    return [
      convention(
        "Keras",
        ["conv1_conv": "features.conv0", "conv1_bn": "features.norm0", "predictions": "classifier"]),
      convention(
        "Keras' published files",
        ["conv1/conv": "features.conv0", "conv1/bn": "features.norm0", "fc1000": "classifier"]),
    ]
  }

  /// Calls `body` with the name of each layer here and in Keras.
  private func forEachLayer(_ body: (String, String) -> Void) {
    for (block, count) in blocks.enumerated() {
      for layer in 1...count {
        body("features.denseblock\(block + 1).denselayer\(layer)", "conv\(block + 2)_block\(layer)")
      }
    }
  }

  // MARK: - Network

  private func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let stem = try ConvolutionLayer(
      weights, "features.conv0.weight", normalization: NormalizationParameters("features.norm0", epsilon: epsilon),
      kernel: 7, inputs: 3, outputs: stemChannels, stride: 2, padding: .symmetric(3), activation: .relu)
    var stages = [
      Network.Stage("features.relu0") { stem($0) },
      // Keras pads with zeros, which change no maximum of what a ReLU gives.
      Network.Stage("features.pool0") { maxPooling($0, kernel: 3, stride: 2, padding: .symmetric(1)) },
    ]

    var channels = stemChannels
    for (index, layerCount) in blocks.enumerated() {
      let name = "features.denseblock\(index + 1)"
      var layers: [DenseBlock.Layer] = []
      for number in 1...layerCount {
        layers.append(
          try layer(weights, "\(name).denselayer\(number)", inputs: channels, side: Self.firstSide >> index))
        channels += growth
      }
      let block = DenseBlock(layers)
      // The first block's result is the largest of all.
      stages.append(Network.Stage(name, isKept: index > 0) { block($0) })
      guard index < blocks.count - 1 else { break }
      let transition = try Transition(
        weights, "features.transition\(index + 1)", inputs: channels, epsilon: epsilon)
      stages.append(Network.Stage("features.transition\(index + 1)") { transition($0) })
      channels /= Self.compression
    }

    let last = try NormalizedActivation(
      weights, NormalizationParameters("features.norm5", epsilon: epsilon), channels: channels, activation: .relu)
    stages.append(Network.Stage("features.relu5") { last($0) })
    return try Network(readingMeanOf: stages, weights, headWeight)
  }

  private func layer(
    _ weights: WeightReader, _ name: String, inputs: Int, side: Int
  ) throws(WeightError) -> DenseBlock.Layer {
    let reduced = Self.bottleneck * growth
    let normalized = try NormalizedActivation(
      weights, NormalizationParameters(name + ".norm1", epsilon: epsilon), channels: inputs, activation: .relu)
    let reduce = try ConvolutionLayer(
      weights, name + ".conv1.weight", normalization: NormalizationParameters(name + ".norm2", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: reduced, padding: .valid, activation: .relu)
    let extend = try ConvolutionLayer(
      weights, name + ".conv2.weight", kernel: 3, inputs: reduced, outputs: growth, padding: .symmetric(1),
      activation: .identity, side: side)
    return DenseBlock.Layer(normalized: normalized, reduce: reduce, extend: extend)
  }

  /// Between blocks: normalisation, ReLU, 1x1 convolution, 2x2 average.
  private struct Transition: Sendable {
    private let activation: NormalizedActivation
    private let reduce: ConvolutionLayer

    init(_ weights: WeightReader, _ name: String, inputs: Int, epsilon: Double) throws(WeightError) {
      activation = try NormalizedActivation(
        weights, NormalizationParameters(name + ".norm", epsilon: epsilon), channels: inputs, activation: .relu)
      reduce = try ConvolutionLayer(
        weights, name + ".conv.weight", kernel: 1, inputs: inputs, outputs: inputs / compression, padding: .valid,
        activation: .identity)
    }

    func callAsFunction(_ x: Variable) -> Variable { averagePooling(reduce(activation(x)), kernel: 2, stride: 2) }
  }
}
