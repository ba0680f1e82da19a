import Autodiff
import Images

/// ConvNeXt: blocks of a 7x7 depthwise convolution and two fully connected layers of each pixel, with layer
/// normalisation and layer scale.
///
/// - Paper: Liu et al., "A ConvNet for the 2020s", arXiv 2201.03545, appendix A.1 and figure 4.
/// - Checkpoints: torchvision's `convnext_tiny` to `convnext_large`, weights V1, whose parameter names are the names
///   here; timm's, transformers' and Keras' are the same network under other names.
/// - Published top-1 on ImageNet: 82.5, 83.6, 84.1 and 84.4 % (torchvision).
///
/// Layers: torchvision's modules; the default is the last group's result. A layer normalisation comes between the mean
/// over space and the last layer, so a logit is no sum over places. Of each group but the last only the last block's
/// result is kept.
enum ConvNeXt {
  /// Appendix A.1: channels C and blocks B of the four groups, with torchvision's preprocessing and checkpoint.
  static let table: [Variant] = [
    Variant(
      "tiny", "Tiny", C: [96, 192, 384, 768], B: [3, 3, 9, 3], shorterSide: 236, digest: "983f1562",
      byteCount: 114_419_564, top1: 82.520),
    Variant(
      "small", "Small", C: [96, 192, 384, 768], B: [3, 3, 27, 3], shorterSide: 230, digest: "0c510722",
      byteCount: 201_015_165, top1: 83.616),
    Variant(
      "base", "Base", C: [128, 256, 512, 1024], B: [3, 3, 27, 3], shorterSide: 232, digest: "6075fbad",
      byteCount: 354_485_796, top1: 84.062),
    Variant(
      "large", "Large", C: [192, 384, 768, 1536], B: [3, 3, 27, 3], shorterSide: 232, digest: "ea097f82",
      byteCount: 791_189_389, top1: 84.414),
  ]

  struct Variant: Sendable {
    let name: String
    let title: String
    let channels: [Int]
    let blocks: [Int]
    let shorterSide: Int
    let digest: String
    let byteCount: Int
    let top1: Double

    init(
      _ name: String, _ title: String, C: [Int], B: [Int], shorterSide: Int, digest: String, byteCount: Int,
      top1: Double
    ) {
      self.name = name
      self.title = title
      channels = C
      blocks = B
      self.shorterSide = shorterSide
      self.digest = digest
      self.byteCount = byteCount
      self.top1 = top1
    }

    var plan: ConvNeXtPlan {
      ConvNeXtPlan(channels: channels, blocks: blocks, names: .torchvision, normalizesResponses: false)
    }
  }

  static let architectures = table.map { variant in
    let (plan, title) = (variant.plan, "ConvNeXt-\(variant.title)")
    return Architecture(
      name: "convnext-\(variant.name)", title: title,
      preprocessing: .torchvision(shorterSide: variant.shorterSide, filter: .bilinear), inputSides: 32...1024,
      signature: plan.signature, head: plan.head,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        NameConvention(
          "timm", .pyTorch, modules: plan.modules(from: .timm),
          note: """
            timm resizes with a bicubic filter for this network, torchvision with a bilinear one; Gaze uses \
            torchvision's.
            """),
        NameConvention("transformers", .pyTorch, modules: plan.modules(from: .transformers("convnext"))),
        NameConvention("the authors", .pyTorch, modules: plan.modules(from: .authors)),
      ]
        + [false, true].map { nested in
          NameConvention(
            nested ? "Keras (.h5)" : "Keras", .keras,
            modules: plan.modulesFromKeras(model: "convnext_\(variant.name)", nested: nested),
            leaves: ["/kernel": ".weight", "/bias": ".bias", "/gamma": ".weight", "/beta": ".bias"],
            note: """
              Keras feeds this network with the whole picture, whatever its aspect ratio; Gaze resizes and crops as \
              torchvision does.
              """)
        },
      checkpoints: [
        // Of the sizes only torchvision's in units of 2^20 bytes, to three digits, are known.
        .torchvision(
          "convnext-\(variant.name)", title: title, file: "convnext_\(variant.name)", digest: variant.digest,
          byteCount: variant.byteCount, tolerance: 525, top1: variant.top1)
      ],
      build: plan.network)
  }
}

/// What a ConvNeXt of either version is built from.
struct ConvNeXtPlan: Sendable {
  /// Of each of the four groups.
  let channels: [Int]
  let blocks: [Int]
  /// The names that its parameters have.
  let names: ConvNeXtNames
  /// Version 2: global response normalisation in place of the layer scale.
  let normalizesResponses: Bool

  private static let epsilon = 1e-6

  var head: HeadWeight { HeadWeight(names.classifier + ".weight", .linear, inputs: channels.last!) }

  /// The first block's shape, and how many blocks the third group has.
  var signature: NetworkSignature {
    let (first, third) = (names.block(0, 0), names.block(2, blocks[2] - 1))
    let own =
      normalizesResponses
      ? ParameterDescription(third.response + ".weight", .vector, [4 * channels[2]])
      : ParameterDescription(third.layerScale, .vector, [channels[2]])
    return NetworkSignature(
      has: [
        .init(first.depthwise + ".weight", .depthwise, [7, 7, channels[0]]),
        .init(first.expand + ".weight", .linear, [4 * channels[0], channels[0]]),
        .init(names.block(3, blocks[3] - 1).project + ".weight", .linear, [channels[3], 4 * channels[3]]), own,
      ],
      lacks: [
        names.block(0, blocks[0]).depthwise + ".weight", names.block(2, blocks[2]).depthwise + ".weight",
        names.block(3, blocks[3]).depthwise + ".weight",
      ])
  }

  /// Their modules, and layer scales by whole names, to ours.
  func modules(from theirs: ConvNeXtNames) -> [String: String] {
    func all(_ names: ConvNeXtNames) -> [String] {
      names.all(blocks: blocks, normalizesResponses: normalizesResponses)
    }
    return Dictionary(uniqueKeysWithValues: zip(all(theirs), all(names)))
  }

  @Sendable func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let classCount = try weights.classCount(head)
    let stem = try ConvolutionLayer(
      weights, names.stem.convolution + ".weight", bias: names.stem.convolution + ".bias", kernel: 4, inputs: 3,
      outputs: channels[0], stride: 4, padding: .valid, activation: .identity)
    let stemNormalization = try LayerNormalizationLayer(
      weights, names.stem.normalization, channels: channels[0], epsilon: Self.epsilon)
    var stages = [
      Network.Stage(names.stem.layer, receptiveField: .unpadded(4, stride: 4)) { stemNormalization(stem($0)) }
    ]
    for group in channels.indices {
      if group > 0 { stages.append(try downsampling(weights, group)) }
      for index in 0..<blocks[group] {
        let part = names.block(group, index)
        let block = try Block(
          weights, part, channels: channels[group], normalizesResponses: normalizesResponses, epsilon: Self.epsilon)
        stages.append(
          Network.Stage(
            part.layer, isKept: group == channels.count - 1 || index == blocks[group] - 1,
            receptiveField: normalizesResponses ? nil : .window(7)
          ) { block($0) })
      }
      // The whole group: the last block's result once more, at no cost.
      stages.append(Network.Stage(names.group(group), isKept: false, receptiveField: ReceptiveField()) { $0 })
    }

    let targetLayer = stages.last!.name
    let normalization = try LayerNormalizationLayer(
      weights, names.normalization, channels: channels.last!, epsilon: Self.epsilon)
    let classifier = try ClassifierHead(
      weights, head.name, bias: names.classifier + ".bias", inputs: channels.last!, outputs: classCount)
    let dropout = Dropout(weights)
    let networkHead = Network.Head(
      after: targetLayer, features: { normalization(globalAveragePool($0)) }, classify: { classifier(dropout($0)) })
    stages.append(Network.Stage("logits") { networkHead($0) })
    try weights.requireAllUsed()
    return Network(stages: stages, targetLayer: targetLayer, classCount: classCount, head: networkHead)
  }

  /// Before each group but the first: a layer normalisation and a 2x2 convolution with stride 2.
  private func downsampling(_ weights: WeightReader, _ group: Int) throws(WeightError) -> Network.Stage {
    let part = names.downsampling(group)
    let normalization = try LayerNormalizationLayer(
      weights, part.normalization, channels: channels[group - 1], epsilon: Self.epsilon)
    let convolution = try ConvolutionLayer(
      weights, part.convolution + ".weight", bias: part.convolution + ".bias", kernel: 2, inputs: channels[group - 1],
      outputs: channels[group], stride: 2, padding: .valid, activation: .identity)
    return Network.Stage(part.layer, isKept: false, receptiveField: .unpadded(2, stride: 2)) {
      convolution(normalization($0))
    }
  }

  /// 7x7 depthwise, normalisation, expand by 4, GELU, project, and the shortcut.
  private struct Block: Sendable {
    private let depthwise: DepthwiseConvolutionLayer
    private let normalization: LayerNormalizationLayer
    private let expand: TokenLayer
    private let response: GlobalResponseNormalizationLayer?
    private let project: TokenLayer

    init(
      _ weights: WeightReader, _ part: ConvNeXtNames.Block, channels: Int, normalizesResponses: Bool, epsilon: Double
    ) throws(WeightError) {
      depthwise = try DepthwiseConvolutionLayer(
        weights, part.depthwise + ".weight", bias: part.depthwise + ".bias", kernel: 7, channels: channels,
        padding: .symmetric(3))
      normalization = try LayerNormalizationLayer(weights, part.normalization, channels: channels, epsilon: epsilon)
      expand = try TokenLayer(
        weights, [.init(part.expand, outputs: 4 * channels)], inputs: channels, activation: .gelu)
      response =
        normalizesResponses
        ? try GlobalResponseNormalizationLayer(weights, part.response, channels: 4 * channels, epsilon: epsilon) : nil
      project = try TokenLayer(
        weights, [.init(part.project, outputs: channels)], inputs: 4 * channels,
        scale: normalizesResponses ? nil : part.layerScale)
    }

    func callAsFunction(_ x: Variable) -> Variable {
      let wide = expand(normalization(depthwise(x)))
      return project(response?(wide) ?? wide, adding: x)
    }
  }
}
