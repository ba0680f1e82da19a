import Autodiff
import Images

/// EfficientNetV2: EfficientNet whose early blocks have one convolution for expansion and depthwise convolution.
///
/// - Paper: Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", arXiv 2104.00298, table 4 (S) and section
///   3.3; M, L and B0 to B3: the authors' code, `effnetv2_configs.py`.
/// - Checkpoints: torchvision's S, M and L, weights V1, and Keras Applications'; parameters keep the names of each.
///   timm's `efficientnetv2_s`, m and l (symmetric padding) and `tf_efficientnetv2_…` (SAME) have the same names and
///   shapes: networks of their own, under timm's names.
/// - Published top-1 on ImageNet: 84.2 % (S), 85.1 % (M), 85.8 % (L), torchvision.
///
/// Layers: torchvision's modules, one for each block, timm's or Keras'; the default is the last activation.
enum EfficientNetV2 {
  /// A row of table 4: expansion t, channels c, layers n, stride s of the first; kernels are 3x3.
  enum Stage: Sendable {
    case fusedMBConv(t: Int, c: Int, n: Int, s: Int)
    case mbConv(t: Int, c: Int, n: Int, s: Int)
  }

  static let headChannels = 1280
  /// Squeeze-and-excitation reduces to this part of a block's input channels; the fused blocks have none.
  static let squeezeDivisor = 4
  static let epsilon = EfficientNet.epsilon

  static let tables: [String: [Stage]] = [
    "s": [
      .fusedMBConv(t: 1, c: 24, n: 2, s: 1), .fusedMBConv(t: 4, c: 48, n: 4, s: 2),
      .fusedMBConv(t: 4, c: 64, n: 4, s: 2), .mbConv(t: 4, c: 128, n: 6, s: 2), .mbConv(t: 6, c: 160, n: 9, s: 1),
      .mbConv(t: 6, c: 256, n: 15, s: 2),
    ],
    "m": [
      .fusedMBConv(t: 1, c: 24, n: 3, s: 1), .fusedMBConv(t: 4, c: 48, n: 5, s: 2),
      .fusedMBConv(t: 4, c: 80, n: 5, s: 2), .mbConv(t: 4, c: 160, n: 7, s: 2), .mbConv(t: 6, c: 176, n: 14, s: 1),
      .mbConv(t: 6, c: 304, n: 18, s: 2), .mbConv(t: 6, c: 512, n: 5, s: 1),
    ],
    "l": [
      .fusedMBConv(t: 1, c: 32, n: 4, s: 1), .fusedMBConv(t: 4, c: 64, n: 7, s: 2),
      .fusedMBConv(t: 4, c: 96, n: 7, s: 2), .mbConv(t: 4, c: 192, n: 10, s: 2), .mbConv(t: 6, c: 224, n: 19, s: 1),
      .mbConv(t: 6, c: 384, n: 25, s: 2), .mbConv(t: 6, c: 640, n: 7, s: 1),
    ],
    "b": [
      .fusedMBConv(t: 1, c: 16, n: 1, s: 1), .fusedMBConv(t: 4, c: 32, n: 2, s: 2),
      .fusedMBConv(t: 4, c: 48, n: 2, s: 2), .mbConv(t: 4, c: 96, n: 3, s: 2), .mbConv(t: 6, c: 112, n: 5, s: 1),
      .mbConv(t: 6, c: 192, n: 8, s: 2),
    ],
  ]

  /// A member of the family: its table, the stem's channels in it, its multipliers of width and depth, its input.
  struct Member: Sendable {
    let name: String
    let table: String
    let stem: Int
    var width = 1.0
    var depth = 1.0
    let side: Int
    /// timm's before the crop.
    let resize: Int
    /// Whether it is fed from -1 to 1 in timm, and in Keras by x / 128 - 1; else with ImageNet's mean and deviation.
    let isCentred: (timm: Bool, keras: Bool)
    var torchvision: TorchvisionCheckpoint?
    /// Input of timm's networks with symmetric padding.
    var timm: Int?
  }

  static let members = [
    Member(
      name: "s", table: "s", stem: 24, side: 384, resize: 384, isCentred: (true, true),
      torchvision: TorchvisionCheckpoint("efficientnet_v2_s", "dd5fe13b", 82.704, 84.228, 384, 384, .bilinear),
      timm: 384),
    Member(
      name: "m", table: "m", stem: 24, side: 480, resize: 480, isCentred: (true, true),
      torchvision: TorchvisionCheckpoint("efficientnet_v2_m", "dc08266a", 208.01, 85.112, 480, 480, .bilinear),
      timm: 416),
    Member(
      name: "l", table: "l", stem: 32, side: 480, resize: 480, isCentred: (true, true),
      torchvision: TorchvisionCheckpoint("efficientnet_v2_l", "59c71312", 454.573, 85.808, 480, 480, .bicubic),
      timm: 480),
    Member(name: "b0", table: "b", stem: 32, side: 224, resize: 256, isCentred: (false, false)),
    Member(name: "b1", table: "b", stem: 32, depth: 1.1, side: 240, resize: 272, isCentred: (false, false)),
    Member(
      name: "b2", table: "b", stem: 32, width: 1.1, depth: 1.2, side: 260, resize: 292, isCentred: (false, false)),
    Member(name: "b3", table: "b", stem: 32, width: 1.2, depth: 1.4, side: 300, resize: 333, isCentred: (true, false)),
  ]

  static let architectures = members.flatMap { member in
    [torchvision(member), timm(member), tensorFlow(member), keras(member)].compactMap { $0 }
  }

  private static func title(_ member: Member) -> String { "EfficientNetV2-\(member.name.uppercased())" }

  private static func torchvision(_ member: Member) -> Architecture? {
    member.torchvision.map { published in
      let name = "efficientnet-v2-\(member.name)"
      let plan = plan(member)
      let names = InvertedResidualNames.torchvision(
        { "features.\($0.stage + 1).\($0.place)" }, parts: "block", last: tables[member.table]!.count + 1,
        classifier: "classifier.1")
      return EfficientNet.architecture(
        name, title: title(member), publisher: "torchvision",
        // Only L's training scaled to -1...1.
        preprocessing: member.name == "l"
          ? .inception(shorterSide: published.resize, side: published.side, filter: published.filter)
          : published.preprocessing,
        InvertedResidualNetwork(plan: plan, names: names, padding: .symmetric, epsilon: epsilon.tensorFlow),
        checkpoints: [published.checkpoint(name, title: title(member))])
    }
  }

  private static func timm(_ member: Member) -> Architecture? {
    member.timm.map { side in
      EfficientNet.architecture(
        "timm-efficientnetv2-\(member.name)", title: "\(title(member)) (timm)", publisher: "timm",
        preprocessing: .torchvision(shorterSide: side, side: side, filter: .bicubic),
        InvertedResidualNetwork(plan: plan(member), names: .timm, padding: .symmetric, epsilon: epsilon.pyTorch))
    }
  }

  private static func tensorFlow(_ member: Member) -> Architecture {
    EfficientNet.architecture(
      "tf-efficientnetv2-\(member.name)", title: "\(title(member)) (TensorFlow)", publisher: "timm",
      preprocessing: member.isCentred.timm
        ? .inception(shorterSide: member.resize, side: member.side, filter: .bicubic)
        : .torchvision(shorterSide: member.resize, side: member.side, filter: .bicubic),
      InvertedResidualNetwork(plan: plan(member), names: .timm, padding: .same, epsilon: epsilon.tensorFlow))
  }

  private static func keras(_ member: Member) -> Architecture {
    EfficientNet.architecture(
      "keras-efficientnet-v2-\(member.name)", title: "\(title(member)) (Keras)", publisher: "Keras",
      preprocessing: .pixels(side: member.side),
      InvertedResidualNetwork(
        plan: plan(member), names: EfficientNet.kerasNames(depthwise: "dwconv2"), padding: .same,
        epsilon: epsilon.tensorFlow,
        input: member.isCentred.keras
          ? .fixed(mean: [128, 128, 128], deviation: [128, 128, 128])
          : .fixed(
            mean: [0.485, 0.456, 0.406].map { $0 * 255 }, deviation: [0.229, 0.224, 0.225].map { $0 * 255 })))
  }

  /// The table scaled by a member's multipliers. The authors round to multiples of 8 even if a tenth is lost.
  private static func plan(_ member: Member) -> InvertedResidualPlan {
    func channels(_ channels: Int) -> Int { multipleOfEight(member.width * Double(channels), keepsMost: false) }
    func row(_ t: Int, _ c: Int, _ n: Int, _ s: Int, isFused: Bool) -> InvertedResidualPlan.Row {
      InvertedResidualPlan.Row(
        t: Double(t), c: channels(c), n: Int((member.depth * Double(n)).rounded(.up)), s: s, k: 3, isFused: isFused,
        squeeze: isFused ? nil : .ofInputs(divisor: squeezeDivisor), activation: .silu)
    }
    let rows = tables[member.table]!.map { stage -> InvertedResidualPlan.Row in
      switch stage {
      case .fusedMBConv(let t, let c, let n, let s): row(t, c, n, s, isFused: true)
      case .mbConv(let t, let c, let n, let s): row(t, c, n, s, isFused: false)
      }
    }
    return InvertedResidualPlan(
      stem: channels(member.stem), rows, last: channels(headChannels), activation: .silu)
  }
}
