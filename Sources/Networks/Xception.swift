import Autodiff
import Images

/// Xception: Inception's idea taken to its end, depthwise separable convolutions in residual blocks.
///
/// - Paper: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", arXiv 1610.02357, figure 5.
/// - Checkpoints: Keras Applications' `Xception`; parameters keep its names. timm's `legacy_xception`, converted from
///   it, has PyTorch's epsilon and padding: a network of its own, under timm's names.
/// - Published top-1 on ImageNet: 79.0 % (Keras).
///
/// Layers: the ReLUs of the first two and the last two convolutions, and `block2` to `block13` between them (timm
/// counts from `block1`); the default is the last ReLU.
enum Xception {
  /// Figure 5 between the first two convolutions and the last two: channels of each block's separable convolutions;
  /// with a stride, 3x3 max pooling and a 1x1 convolution as the shortcut.
  static let table: [(channels: [Int], stride: Int)] =
    [([128, 128], 2), ([256, 256], 2), ([728, 728], 2)]
    + Array(repeating: ([728, 728, 728], 1), count: 8)
    + [([728, 1024], 2)]

  /// The first two convolutions, 3x3 without padding, the first with stride 2.
  static let stemChannels = [32, 64]
  /// The last two separable convolutions.
  static let endChannels = [1536, 2048]
  static let inputSide = 299

  static let architectures = [
    Architecture(
      name: "keras-xception", title: "Xception (Keras)", preprocessing: .tensorFlow(side: inputSide),
      inputSides: 71...1024,
      signature: NetworkSignature(
        has: [
          .init("conv2d/kernel", .convolution, [1, 1, 64, 128]),
          .init("conv2d_3/kernel", .convolution, [1, 1, 728, 1024]),
          .init("block14_sepconv2/pointwise_kernel", .convolution, [1, 1, 1536, 2048]),
        ], lacks: []),
      head: Names(variant: .keras).headWeight,
      conventions: [
        NameConvention("Keras", .keras, modules: [:]),
        NameConvention("Keras, counted from 1", .keras, modules: kerasCountedFromOne(convolutions: 4)),
      ],
      checkpoints: [
        .keras(
          "keras-xception", title: "Xception (Keras)", file: "xception/xception_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5("0a58e3b7378bc2990ea3b43d5981f1f6"), byteCount: 91_884_032, licence: "CC-BY-4.0", top1: 79.0)
      ],
      build: { weights throws(WeightError) in try network(.keras, weights) }),
    Architecture(
      name: "timm-legacy-xception", title: "Xception (timm)",
      preprocessing: .inception(shorterSide: 333, side: inputSide, filter: .bicubic), inputSides: 71...1024,
      signature: NetworkSignature(
        has: [
          .init("block12.skip.weight", .convolution, [1, 1, 728, 1024]),
          .init("conv4.pointwise.weight", .convolution, [1, 1, 1536, 2048]),
        ], lacks: []),
      head: Names(variant: .timm).headWeight,
      conventions: [NameConvention("timm", .pyTorch, modules: [:])],
      checkpoints: [],
      build: { weights throws(WeightError) in try network(.timm, weights) }),
  ]

  /// Whose network it is.
  enum Variant: Sendable {
    case keras, timm

    var naming: ParameterNaming {
      self == .keras ? ParameterNaming(layout: .keras, epsilon: 1e-3) : ParameterNaming(layout: .pyTorch, epsilon: 1e-5)
    }

    /// Of the 3x3 poolings with stride 2.
    var padding: Padding { self == .keras ? .same : .symmetric(1) }
  }

  private static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = Names(variant: variant)
    var stages: [Network.Stage] = []
    var inputs = 3
    for (index, channels) in stemChannels.enumerated() {
      let (layer, module) = names.stem(index)
      let stride = index == 0 ? 2 : 1
      let convolution = try ConvolutionLayer(
        weights, variant.naming.weight(module.convolution),
        normalization: variant.naming.normalization(module.normalization), kernel: 3, inputs: inputs, outputs: channels,
        stride: stride, padding: .valid, activation: .relu)
      // The second's result is the largest of all.
      stages.append(
        Network.Stage(layer, isKept: index == 0, receptiveField: .unpadded(3, stride: stride)) { convolution($0) })
      inputs = channels
    }
    for (index, row) in table.enumerated() {
      let block = try Block(weights, names, index, inputs: inputs, row.channels, stride: row.stride)
      stages.append(Network.Stage(names.block(index), receptiveField: block.receptiveField) { block($0) })
      inputs = row.channels.last!
    }
    for (index, channels) in endChannels.enumerated() {
      let (layer, modules) = names.end(index)
      let separable = try SeparableConvolution(weights, modules, inputs: inputs, outputs: channels, variant, .relu)
      stages.append(Network.Stage(layer, receptiveField: .window(3)) { separable($0) })
      inputs = channels
    }

    return try Network(readingMeanOf: stages, weights, names.headWeight)
  }

  /// Separable convolutions with a ReLU before each (but for the very first, whose input has passed one), a pooling
  /// where there is a stride, and the sum with the shortcut.
  private struct Block: Sendable {
    private let startsWithReLU: Bool
    private let separables: [SeparableConvolution]
    private let shortcut: ConvolutionLayer?
    private let padding: Padding
    let receptiveField: ReceptiveField

    init(
      _ weights: WeightReader, _ names: Names, _ index: Int, inputs: Int, _ channels: [Int], stride: Int
    ) throws(WeightError) {
      startsWithReLU = index > 0
      padding = names.variant.padding
      var (separables, channelsIn) = ([SeparableConvolution](), inputs)
      for (place, outputs) in channels.enumerated() {
        let isLast = place == channels.count - 1
        // The ReLU before the next convolution.
        separables.append(
          try SeparableConvolution(
            weights, names.separable(place, of: index), inputs: channelsIn, outputs: outputs, names.variant,
            isLast ? .identity : .relu))
        channelsIn = outputs
      }
      self.separables = separables
      let outputs = channelsIn
      shortcut = try names.shortcut(of: index).map { pair throws(WeightError) in
        try ConvolutionLayer(
          weights, names.variant.naming.weight(pair.convolution),
          normalization: names.variant.naming.normalization(pair.normalization), kernel: 1, inputs: inputs,
          outputs: outputs, stride: stride, padding: .valid, activation: .identity)
      }
      let field = channels.reduce(ReceptiveField()) { field, _ in field.followed(by: .window(3)) }
      receptiveField = stride == 1 ? field : field.followed(by: .window(3, stride: stride))
    }

    func callAsFunction(_ x: Variable) -> Variable {
      let y = separables.reduce(startsWithReLU ? activate(x, .relu) : x) { $1($0) }
      guard let shortcut else { return add(y, x) }
      return shortcut(x, adding: maxPooling(y, kernel: 3, stride: 2, padding: padding))
    }
  }

  /// 3x3 on each channel, then 1x1 over all, normalised, without anything in between.
  private struct SeparableConvolution: Sendable {
    private enum Filter: Sendable {
      case frozen(Tensor)
      case trainable(Parameter)
    }

    private let depthwise: Filter
    private let pointwise: ConvolutionLayer

    init(
      _ weights: WeightReader, _ modules: (depthwise: String, pointwise: String, normalization: String), inputs: Int,
      outputs: Int, _ variant: Variant, _ activation: Activation
    ) throws(WeightError) {
      let shape: Shape = [3, 3, inputs]
      if let trainable = weights.trainable {
        depthwise = .trainable(try weights.parameter(modules.depthwise, .depthwise, shape, trainable))
      } else {
        depthwise = .frozen(try weights.tensor(modules.depthwise, .depthwise, shape))
      }
      pointwise = try ConvolutionLayer(
        weights, modules.pointwise, normalization: variant.naming.normalization(modules.normalization), kernel: 1,
        inputs: inputs, outputs: outputs, padding: .valid, activation: activation)
    }

    func callAsFunction(_ x: Variable) -> Variable {
      let filter: Variable
      switch depthwise {
      case .frozen(let tensor): filter = .constant(tensor)
      case .trainable(let parameter):
        guard let tape = x.tape else { preconditionFailure("SeparableConvolution: x is not on a tape") }
        filter = tape.variable(of: parameter)
      }
      return pointwise(depthwiseConvolution(x, filter: filter, padding: .symmetric(1)))
    }
  }

  /// What the checkpoints call their parameters and layers.
  private struct Names {
    typealias Pair = (convolution: String, normalization: String)
    typealias Separable = (depthwise: String, pointwise: String, normalization: String)

    let variant: Variant

    var classifier: String { variant == .keras ? "predictions" : "fc" }

    var headWeight: HeadWeight { HeadWeight(variant.naming.weight(classifier), .linear, inputs: endChannels.last!) }

    func stem(_ index: Int) -> (layer: String, Pair) {
      switch variant {
      case .keras:
        let name = "block1_conv\(index + 1)"
        return (name + "_act", (name, name + "_bn"))
      case .timm: return ("act\(index + 1)", ("conv\(index + 1)", "bn\(index + 1)"))
      }
    }

    /// Keras counts the first two convolutions as block 1.
    func block(_ index: Int) -> String { "block\(index + (variant == .keras ? 2 : 1))" }

    func separable(_ place: Int, of index: Int) -> Separable {
      switch variant {
      case .keras: return separable(keras: "\(block(index))_sepconv\(place + 1)")
      case .timm:
        // A list of ReLU, convolution, normalisation; the first block's has no ReLU at its beginning.
        let number = 3 * place + (index == 0 ? 0 : 1)
        let name = "\(block(index)).rep.\(number)"
        return (name + ".conv1.weight", name + ".pointwise.weight", "\(block(index)).rep.\(number + 1)")
      }
    }

    func end(_ index: Int) -> (layer: String, Separable) {
      switch variant {
      case .keras:
        let name = "block14_sepconv\(index + 1)"
        return (name + "_act", separable(keras: name))
      case .timm:
        let name = "conv\(index + 3)"
        return ("act\(index + 3)", (name + ".conv1.weight", name + ".pointwise.weight", "bn\(index + 3)"))
      }
    }

    private func separable(keras name: String) -> Separable {
      (name + "/depthwise_kernel", name + "/pointwise_kernel", name + "_bn")
    }

    /// nil where the input itself is added. Keras numbers these convolutions by themselves.
    func shortcut(of index: Int) -> Pair? {
      guard table[index].stride > 1 else { return nil }
      switch variant {
      case .keras:
        let number = table[..<index].count { $0.stride > 1 }
        return (kerasAutomaticName("conv2d", number), kerasAutomaticName("batch_normalization", number))
      case .timm: return (block(index) + ".skip", block(index) + ".skipbn")
      }
    }
  }
}
