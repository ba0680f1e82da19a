import Autodiff
import Images

/// MobileNetV2: inverted residuals with linear bottlenecks and ReLU6, of several widths.
///
/// - Paper: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381, table 2.
/// - Checkpoints: torchvision's `mobilenet_v2`, weights V1, which is timm's `mobilenetv2_100`; timm's other widths; and
///   Keras Applications' `MobileNetV2`. Parameters keep the names of each.
/// - Published top-1 on ImageNet: 71.9 % (torchvision), 71.3 % (Keras, width 1.0).
///
/// Layers: the stem, each block's result and the last activation, under the publishers' names; the default is the last
/// activation.
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
  static let epsilon = (pyTorch: 1e-5, keras: 1e-3)

  /// timm's widths; those with a `d` are deeper too, and widen neither the stem nor the last convolution. All are fed
  /// as torchvision's, but for a bicubic filter.
  static let timmMembers: [(name: String, width: Double, depth: Double, keepsEnds: Bool)] = [
    ("035", 0.35, 1.0, false), ("050", 0.5, 1.0, false), ("075", 0.75, 1.0, false), ("110d", 1.1, 1.2, true),
    ("120d", 1.2, 1.4, true), ("140", 1.4, 1.0, false),
  ]

  /// Keras' widths.
  static let kerasMembers: [(name: String, width: Double)] = [
    ("", 1.0), ("-035", 0.35), ("-050", 0.5), ("-075", 0.75), ("-130", 1.3), ("-140", 1.4),
  ]

  static let architectures = [torchvision] + timmMembers.map(timm) + kerasMembers.map(keras)

  private static var torchvision: Architecture {
    let names = InvertedResidualNames(
      layout: .pyTorch, stem: ("features.0", ("features.0.0", "features.0.1")), block: torchvisionBlock,
      last: ("features.18", ("features.18.0", "features.18.1")), hidden: nil, classifier: "classifier.1")
    let network = InvertedResidualNetwork(
      plan: plan(width: 1), names: names, padding: .symmetric, epsilon: epsilon.pyTorch)
    return Architecture(
      name: "mobilenet-v2", title: "MobileNetV2", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024, signature: network.signature([.timm]), head: network.headWeight,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        NameConvention(
          "timm", .pyTorch, modules: names.modules(from: .timm, network.plan),
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
      build: { weights throws(WeightError) in try network.network(weights, side: 224) })
  }

  private static func timm(
    _ member: (name: String, width: Double, depth: Double, keepsEnds: Bool)
  ) -> Architecture {
    EfficientNet.architecture(
      "timm-mobilenetv2-\(member.name)", title: "MobileNetV2 \(member.name) (timm)", publisher: "timm",
      preprocessing: .torchvision(shorterSide: 256, side: 224, filter: .bicubic),
      InvertedResidualNetwork(
        plan: plan(width: member.width, depth: member.depth, keepsEnds: member.keepsEnds), names: .timm,
        padding: .symmetric, epsilon: epsilon.pyTorch))
  }

  private static func keras(_ member: (name: String, width: Double)) -> Architecture {
    let name = "keras-mobilenet-v2\(member.name)"
    let title = member.width == 1 ? "MobileNetV2 (Keras)" : "MobileNetV2 \(member.width) (Keras)"
    return EfficientNet.architecture(
      name, title: title, publisher: "Keras", preprocessing: .tensorFlow(side: 224),
      // Keras pads a 3x3 window with stride 2 so that an even length gets a row after only, and an odd one a row on
      // either side: TensorFlow's SAME.
      InvertedResidualNetwork(
        plan: plan(width: member.width), names: kerasNames, padding: .same, epsilon: epsilon.keras),
      checkpoints: member.width == 1
        ? [
          .keras(
            name, title: title, file: "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
            digest: nil, byteCount: 14_536_120, licence: "Apache-2.0", top1: 71.3)
        ] : [])
  }

  /// The table scaled in width and depth. The last convolution is never narrower than the paper's.
  private static func plan(width: Double, depth: Double = 1, keepsEnds: Bool = false) -> InvertedResidualPlan {
    func channels(_ channels: Int) -> Int { multipleOfEight(width * Double(channels)) }
    return InvertedResidualPlan(
      stem: keepsEnds ? stemChannels : channels(stemChannels),
      table.enumerated().map { stage, row in
        let isEnd = stage == 0 || stage == table.count - 1
        return InvertedResidualPlan.Row(
          t: Double(row.t), c: channels(row.c),
          n: keepsEnds && isEnd ? row.n : Int((depth * Double(row.n)).rounded(.up)), s: row.s, k: 3,
          activation: .relu6)
      }, last: keepsEnds ? headChannels : max(headChannels, channels(headChannels)), activation: .relu6)
  }

  /// torchvision numbers a block's parts in order: without an expansion the depthwise convolution is number 0. Unlike
  /// the others, the projection has no module of its own.
  @Sendable private static func torchvisionBlock(_ block: InvertedResidualPlan.Block) -> InvertedResidualModules {
    let layer = "features.\(block.index + 1)"
    let name = layer + ".conv"
    let depthwise = block.isExpanded ? 1 : 0
    return InvertedResidualModules(
      layer: layer, expand: block.isExpanded ? (name + ".0.0", name + ".0.1") : nil,
      depthwise: ("\(name).\(depthwise).0", "\(name).\(depthwise).1"),
      project: ("\(name).\(depthwise + 1)", "\(name).\(depthwise + 2)"))
  }

  /// Keras has no module for a block: its layer is the last operation, the sum or the normalisation.
  private static let kerasNames = InvertedResidualNames(
    layout: .keras, stem: ("Conv1_relu", ("Conv1", "bn_Conv1")),
    block: { block in
      let name = block.index == 0 ? "expanded_conv" : "block_\(block.index)"
      func pair(_ part: String) -> InvertedResidualModules.Pair { ("\(name)_\(part)", "\(name)_\(part)_BN") }
      return InvertedResidualModules(
        layer: name + (block.hasSkip ? "_add" : "_project_BN"), expand: block.isExpanded ? pair("expand") : nil,
        depthwise: pair("depthwise"), project: pair("project"))
    }, last: ("out_relu", ("Conv_1", "Conv_1_bn")), hidden: nil, classifier: "predictions")
}
