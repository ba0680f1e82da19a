import Autodiff
import Images

/// EfficientNet-B0: inverted residuals with squeeze-and-excitation and SiLU, found by architecture search.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946,
///   table 1.
/// - Checkpoint: torchvision's `efficientnet_b0`, weights V1; parameters keep its names.
/// - Published top-1 on ImageNet: 77.7 % (torchvision).
///
/// Layers: torchvision's modules, one for each block (`features.7.0`); the default is the last activation,
/// `features.8`.
enum EfficientNet {
  /// Table 1, rows 2 to 8: expansion t, channels c, layers n, stride s of the first, kernel k.
  static let table: [(t: Int, c: Int, n: Int, s: Int, k: Int)] = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
  ]

  static let stemChannels = 32
  static let headChannels = 1280
  /// Squeeze-and-excitation reduces to this part of a block's input channels (MnasNet's rule: not of the expanded
  /// ones).
  static let squeezeDivisor = 4
  static let epsilon = 1e-5

  static let architectures = [
    Architecture(
      name: "efficientnet-b0", title: "EfficientNet-B0", preprocessing: .torchvision(filter: .bicubic),
      inputSides: 32...1024,
      signature: NetworkSignature(
        has: [
          .init("features.1.0.block.1.fc1.weight", .convolution, [1, 1, 32, 8]),
          .init("features.8.0.weight", .convolution, [1, 1, 320, 1280]),
        ], lacks: ["features.1.1.block.0.0.weight"]),
      head: headWeight,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        NameConvention("timm", .pyTorch, modules: modulesFromTimm),
      ],
      checkpoints: [
        .torchvision(
          "efficientnet-b0", title: "EfficientNet-B0", file: "efficientnet_b0_rwightman", digest: "7f5810bc",
          byteCount: 21_444_401, top1: 77.692)
      ],
      build: network)
  ]

  private static let headWeight = HeadWeight("classifier.1.weight", .linear, inputs: headChannels)

  private static func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let classCount = try weights.classCount(headWeight)
    let stem = try ConvolutionLayer(
      weights, "features.0.0.weight", normalization: NormalizationParameters("features.0.1", epsilon: epsilon),
      kernel: 3, inputs: 3, outputs: stemChannels, stride: 2, padding: .symmetric(1), activation: .silu)
    var stages = [Network.Stage("features.0") { stem($0) }]

    var inputs = stemChannels
    for (group, (t, c, n, s, k)) in table.enumerated() {
      for repetition in 0..<n {
        let residual = try InvertedResidual(
          weights, modules(group, repetition).parts(epsilon: epsilon),
          .init(inputs: inputs, outputs: c, expansion: t, kernel: k, stride: repetition == 0 ? s : 1),
          padding: .symmetric(k / 2), activation: .silu, reduced: max(1, inputs / squeezeDivisor))
        stages.append(Network.Stage("features.\(group + 1).\(repetition)") { residual($0) })
        inputs = c
      }
    }

    let last = try ConvolutionLayer(
      weights, "features.8.0.weight", normalization: NormalizationParameters("features.8.1", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: headChannels, padding: .valid, activation: .silu)
    let classifier = try ClassifierHead(
      weights, headWeight.name, bias: "classifier.1.bias", inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage("features.8") { last($0) })
    let head = Network.Head(meanOf: "features.8", weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: "features.8", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["features.8"], bias: classifier.bias), head: head)
  }

  /// torchvision numbers a block's parts in order: without an expansion the depthwise convolution is number 0.
  private static func modules(_ group: Int, _ repetition: Int) -> InvertedResidualModules {
    let name = "features.\(group + 1).\(repetition).block"
    let isExpanded = table[group].t != 1
    let first = isExpanded ? 1 : 0
    return InvertedResidualModules(
      expand: isExpanded ? (name + ".0.0", name + ".0.1") : nil,
      depthwise: ("\(name).\(first).0", "\(name).\(first).1"),
      squeeze: ("\(name).\(first + 1).fc1", "\(name).\(first + 1).fc2"),
      project: ("\(name).\(first + 2).0", "\(name).\(first + 2).1"))
  }

  private static var modulesFromTimm: [String: String] {
    InvertedResidualModules.fromTimm(
      stem: ("features.0.0", "features.0.1"),
      stages: table.indices.map { group in (0..<table[group].n).map { modules(group, $0) } },
      head: ("features.8.0", "features.8.1"), classifier: "classifier.1")
  }
}
