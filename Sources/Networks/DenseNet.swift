import Autodiff
import Images

/// DenseNet-121: in a block each layer sees the results of all layers before it.
///
/// - Paper: Huang et al., "Densely Connected Convolutional Networks", arXiv 1608.06993, table 1, the column
///   "DenseNet-121".
/// - Checkpoint: torchvision's `densenet121`, weights V1; parameters keep its names.
/// - Published top-1 on ImageNet: 74.4 % (torchvision).
///
/// Layers: torchvision's modules, one for each dense block and transition; the default is the ReLU after the last
/// normalisation, which has no name there and is called `features.relu5` here, after `features.relu0`.
enum DenseNet {
  /// Table 1: layers of each dense block.
  static let table = [6, 12, 24, 16]
  /// Channels that each layer adds: k = 32.
  static let growth = 32
  /// A layer's 1x1 convolution gives this many times `growth` ("DenseNet-B"), and a transition keeps half of the
  /// channels ("-C").
  static let bottleneck = 4
  static let compression = 2
  static let stemChannels = 64
  /// Height and width of what the first block sees of an image of 224 x 224; each transition halves it.
  static let firstSide = 56
  static let epsilon = 1e-5

  static let architectures = [
    Architecture(
      name: "densenet121", title: "DenseNet-121", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("features.denseblock3.denselayer24.conv1.weight", .convolution, [1, 1, 992, 128]),
          .init("features.denseblock4.denselayer16.conv1.weight", .convolution, [1, 1, 992, 128]),
        ], lacks: ["features.denseblock3.denselayer25.conv1.weight"]),
      head: headWeight,
      conventions: [
        NameConvention("torchvision and timm", .pyTorch, modules: [:]),
        NameConvention("torchvision's old files", .pyTorch, modules: modulesOfOldFiles),
      ],
      checkpoints: [
        .torchvision(
          "densenet121", title: "DenseNet-121", file: "densenet121", digest: "a639ec97", byteCount: 32_342_954,
          top1: 74.434)
      ],
      build: network)
  ]

  private static let headWeight = HeadWeight("classifier.weight", .linear, inputs: 1024)

  /// torchvision's published file still has names from before PyTorch 0.4.1, with a dot before the number.
  private static var modulesOfOldFiles: [String: String] {
    var modules: [String: String] = [:]
    for (block, layers) in table.enumerated() {
      for layer in 1...layers {
        let name = "features.denseblock\(block + 1).denselayer\(layer)"
        for part in ["norm", "conv"] {
          for number in 1...2 { modules["\(name).\(part).\(number)"] = "\(name).\(part)\(number)" }
        }
      }
    }
    return modules
  }

  private static func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let stem = try ConvolutionLayer(
      weights, "features.conv0.weight", normalization: NormalizationParameters("features.norm0", epsilon: epsilon),
      kernel: 7, inputs: 3, outputs: stemChannels, stride: 2, padding: .symmetric(3), activation: .relu)
    var stages = [
      Network.Stage("features.relu0") { stem($0) },
      Network.Stage("features.pool0") { maxPooling($0, kernel: 3, stride: 2, padding: .symmetric(1)) },
    ]

    var channels = stemChannels
    for (index, layerCount) in table.enumerated() {
      let name = "features.denseblock\(index + 1)"
      var layers: [DenseBlock.Layer] = []
      for number in 1...layerCount {
        layers.append(try layer(weights, "\(name).denselayer\(number)", inputs: channels, side: firstSide >> index))
        channels += growth
      }
      let block = DenseBlock(layers)
      // The first block's result is the largest of all.
      stages.append(Network.Stage(name, isKept: index > 0) { block($0) })
      guard index < table.count - 1 else { break }
      let transition = try Transition(weights, "features.transition\(index + 1)", inputs: channels)
      stages.append(Network.Stage("features.transition\(index + 1)") { transition($0) })
      channels /= compression
    }

    let last = try NormalizedActivation(
      weights, NormalizationParameters("features.norm5", epsilon: epsilon), channels: channels, activation: .relu)
    let classCount = try weights.classCount(headWeight)
    let classifier = try ClassifierHead(
      weights, headWeight.name, bias: "classifier.bias", inputs: channels, outputs: classCount)
    stages.append(Network.Stage("features.relu5") { last($0) })
    let head = Network.Head(meanOf: "features.relu5", weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: "features.relu5", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["features.relu5"], bias: classifier.bias), head: head)
  }

  private static func layer(
    _ weights: WeightReader, _ name: String, inputs: Int, side: Int
  ) throws(WeightError) -> DenseBlock.Layer {
    let normalized = try NormalizedActivation(
      weights, NormalizationParameters(name + ".norm1", epsilon: epsilon), channels: inputs, activation: .relu)
    let reduce = try ConvolutionLayer(
      weights, name + ".conv1.weight", normalization: NormalizationParameters(name + ".norm2", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: bottleneck * growth, padding: .valid, activation: .relu)
    let extend = try ConvolutionLayer(
      weights, name + ".conv2.weight", kernel: 3, inputs: bottleneck * growth, outputs: growth,
      padding: .symmetric(1), activation: .identity, side: side)
    return DenseBlock.Layer(normalized: normalized, reduce: reduce, extend: extend)
  }

  /// Between blocks: normalisation, ReLU, 1x1 convolution, 2x2 average.
  private struct Transition: Sendable {
    private let activation: NormalizedActivation
    private let reduce: ConvolutionLayer

    init(_ weights: WeightReader, _ name: String, inputs: Int) throws(WeightError) {
      activation = try NormalizedActivation(
        weights, NormalizationParameters(name + ".norm", epsilon: epsilon), channels: inputs, activation: .relu)
      reduce = try ConvolutionLayer(
        weights, name + ".conv.weight", kernel: 1, inputs: inputs, outputs: inputs / compression, padding: .valid,
        activation: .identity)
    }

    func callAsFunction(_ x: Variable) -> Variable { averagePooling(reduce(activation(x)), kernel: 2, stride: 2) }
  }
}
