import Autodiff
import Images

/// EfficientNet-B0 to B7: inverted residuals with squeeze-and-excitation and SiLU, found by architecture search and
/// scaled in width, depth and resolution together.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946,
///   table 1 and equation 3.
/// - Checkpoints: torchvision's, weights V1, and Keras Applications'; parameters keep the names of each. timm's
///   `efficientnet_b0…` are torchvision's up to B4. timm's `tf_efficientnet_b0…`, converted from the TensorFlow
///   release, have the names and shapes of those, but SAME padding and another epsilon: networks of their own, under
///   timm's names.
/// - Published top-1 on ImageNet: 77.7 % (B0) to 84.1 % (B7), torchvision.
///
/// Layers: torchvision's modules, one for each block (`features.7.0`), timm's or Keras'; the default is the last
/// activation, `features.8`, `bn2` or `top_activation`.
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
  /// PyTorch's epsilon and that of the TensorFlow release.
  static let epsilon = (pyTorch: 1e-5, tensorFlow: 1e-3)

  /// A member of the family: its multipliers of width and depth, and the input of the TensorFlow release.
  struct Member: Sendable {
    let name: String
    let width: Double
    let depth: Double
    /// timm resizes to the second before it crops.
    let side: Int
    let resize: Int
    let torchvision: TorchvisionCheckpoint
    /// Input of timm's own training, where that is a network of its own.
    let timm: (side: Int, resize: Int)?

    init(
      _ name: String, width: Double, depth: Double, side: Int, resize: Int, torchvision: TorchvisionCheckpoint,
      timm: (side: Int, resize: Int)? = nil
    ) {
      (self.name, self.width, self.depth, self.side, self.resize) = (name, width, depth, side, resize)
      (self.torchvision, self.timm) = (torchvision, timm)
    }
  }

  /// Multipliers: the code of the paper's authors, `efficientnet_builder.py`. torchvision's sizes in 2^20 bytes.
  static let members = [
    Member(
      "b0", width: 1.0, depth: 1.0, side: 224, resize: 256,
      torchvision: TorchvisionCheckpoint("efficientnet_b0_rwightman", "7f5810bc", 20.451, 77.692, 224, 256, .bicubic)),
    Member(
      "b1", width: 1.0, depth: 1.1, side: 240, resize: 272,
      torchvision: TorchvisionCheckpoint("efficientnet_b1_rwightman", "bac287d4", 30.134, 78.642, 240, 256, .bicubic)),
    Member(
      "b2", width: 1.1, depth: 1.2, side: 260, resize: 292,
      torchvision: TorchvisionCheckpoint("efficientnet_b2_rwightman", "c35c1473", 35.174, 80.608, 288, 288, .bicubic)),
    Member(
      "b3", width: 1.2, depth: 1.4, side: 300, resize: 331,
      torchvision: TorchvisionCheckpoint("efficientnet_b3_rwightman", "b3899882", 47.184, 82.008, 300, 320, .bicubic)),
    Member(
      "b4", width: 1.4, depth: 1.8, side: 380, resize: 412,
      torchvision: TorchvisionCheckpoint("efficientnet_b4_rwightman", "23ab8bcd", 74.489, 83.384, 380, 384, .bicubic)),
    Member(
      "b5", width: 1.6, depth: 2.2, side: 456, resize: 488,
      torchvision: TorchvisionCheckpoint("efficientnet_b5_lukemelas", "1a07897c", 116.864, 83.444, 456, 456, .bicubic),
      timm: (448, 448)),
    Member(
      "b6", width: 1.8, depth: 2.6, side: 528, resize: 560,
      torchvision: TorchvisionCheckpoint("efficientnet_b6_lukemelas", "24a108a5", 165.362, 84.008, 528, 528, .bicubic),
      timm: (528, 560)),
    Member(
      "b7", width: 2.0, depth: 3.1, side: 600, resize: 632,
      torchvision: TorchvisionCheckpoint("efficientnet_b7_lukemelas", "c5b4e57e", 254.675, 84.122, 600, 600, .bicubic),
      timm: (600, 632)),
  ]

  static let architectures = members.flatMap { member in
    [torchvision(member), timm(member), tensorFlow(member), keras(member)].compactMap { $0 }
  }

  private static func title(_ member: Member) -> String { "EfficientNet-\(member.name.uppercased())" }

  private static func torchvision(_ member: Member) -> Architecture {
    let published = member.torchvision
    let isTimms = member.timm == nil
    let network = InvertedResidualNetwork(
      plan: plan(member), names: torchvisionNames, padding: .symmetric,
      epsilon: isTimms ? epsilon.pyTorch : epsilon.tensorFlow)
    var conventions = [NameConvention("torchvision", .pyTorch, modules: [:])]
    if isTimms {
      conventions.append(
        NameConvention(
          "timm", .pyTorch, modules: torchvisionNames.modules(from: .timm, network.plan),
          note: member.name == "b0"
            ? nil
            : """
            timm's weights of this network expect an input of another size than torchvision's, and some of them \
            another scale; Gaze uses torchvision's unless it is told.
            """))
    }
    let name = "efficientnet-\(member.name)"
    return Architecture(
      name: name, title: title(member), preprocessing: published.preprocessing, inputSides: 32...1024,
      signature: network.signature(isTimms ? [.timm] : []), head: network.headWeight, conventions: conventions,
      checkpoints: [published.checkpoint(name, title: title(member))],
      build: { weights throws(WeightError) in try network.network(weights, side: published.side) })
  }

  /// timm's larger networks have PyTorch's epsilon, where torchvision's have TensorFlow's.
  private static func timm(_ member: Member) -> Architecture? {
    member.timm.map { input in
      architecture(
        "timm-efficientnet-\(member.name)", title: "\(title(member)) (timm)", publisher: "timm",
        preprocessing: .torchvision(shorterSide: input.resize, side: input.side, filter: .bicubic),
        InvertedResidualNetwork(plan: plan(member), names: .timm, padding: .symmetric, epsilon: epsilon.pyTorch))
    }
  }

  private static func tensorFlow(_ member: Member) -> Architecture {
    architecture(
      "tf-efficientnet-\(member.name)", title: "\(title(member)) (TensorFlow)", publisher: "timm",
      preprocessing: .torchvision(shorterSide: member.resize, side: member.side, filter: .bicubic),
      InvertedResidualNetwork(plan: plan(member), names: .timm, padding: .same, epsilon: epsilon.tensorFlow))
  }

  private static func keras(_ member: Member) -> Architecture {
    architecture(
      "keras-efficientnet-\(member.name)", title: "\(title(member)) (Keras)", publisher: "Keras",
      preprocessing: .pixels(side: member.side),
      InvertedResidualNetwork(
        plan: plan(member), names: kerasNames(depthwise: "dwconv"), padding: .same, epsilon: epsilon.tensorFlow,
        input: .kerasNormalization))
  }

  /// A network whose names are its publisher's own.
  static func architecture(
    _ name: String, title: String, publisher: String, preprocessing: Preprocessing, _ network: InvertedResidualNetwork,
    checkpoints: [PublishedCheckpoint] = []
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: 32...1024, signature: network.signature(),
      head: network.headWeight, conventions: [NameConvention(publisher, network.names.layout, modules: [:])],
      checkpoints: checkpoints,
      build: { weights throws(WeightError) in try network.network(weights, side: preprocessing.inputWidth) })
  }

  /// The table scaled by a member's multipliers.
  private static func plan(_ member: Member) -> InvertedResidualPlan {
    func channels(_ channels: Int) -> Int { multipleOfEight(member.width * Double(channels)) }
    return InvertedResidualPlan(
      stem: channels(stemChannels),
      table.map { row in
        InvertedResidualPlan.Row(
          t: Double(row.t), c: channels(row.c), n: Int((member.depth * Double(row.n)).rounded(.up)), s: row.s, k: row.k,
          squeeze: .ofInputs(divisor: squeezeDivisor), activation: .silu)
      }, last: channels(headChannels), activation: .silu)
  }

  private static let torchvisionNames = InvertedResidualNames.torchvision(
    { "features.\($0.stage + 1).\($0.place)" }, parts: "block", last: table.count + 1, classifier: "classifier.1")

  /// Keras numbers stages and letters the blocks in them: `block2a`. It has no module for a block: its layer is the
  /// last operation.
  static func kerasNames(depthwise: String) -> InvertedResidualNames {
    InvertedResidualNames(
      layout: .keras, stem: ("stem_activation", ("stem_conv", "stem_bn")),
      block: { block in
        let letter = Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(block.place)))
        let name = "block\(block.stage + 1)\(letter)"
        let expand = (name + "_expand_conv", name + "_expand_bn")
        let project = (name + "_project_conv", name + "_project_bn")
        let isOnly = block.isFused && !block.isExpanded
        return InvertedResidualModules(
          layer: name + (block.hasSkip ? "_add" : isOnly ? "_project_activation" : "_project_bn"),
          expand: isOnly ? project : block.isExpanded ? expand : nil,
          depthwise: block.isFused ? nil : ("\(name)_\(depthwise)", name + "_bn"),
          squeeze: block.reduced.map { _ in (name + "_se_reduce", name + "_se_expand") },
          project: isOnly ? nil : project)
      }, last: ("top_activation", ("top_conv", "top_bn")), hidden: nil, classifier: "predictions")
  }
}
