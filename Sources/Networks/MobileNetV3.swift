import Autodiff
import Images

/// MobileNetV3: inverted residuals found by architecture search, with squeeze-and-excitation where it pays and hard
/// swish, a swish made of straight pieces, in the later layers.
///
/// - Paper: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244, tables 1 (Large) and 2 (Small).
/// - Checkpoints: torchvision's `mobilenet_v3_large` and `mobilenet_v3_small`, weights V1; Keras Applications'; timm's
///   `mobilenetv3_…` (symmetric padding, PyTorch's epsilon) and `tf_mobilenetv3_…` (SAME, TensorFlow's), which have the
///   same names and shapes. Parameters keep the names of each.
/// - Published top-1 on ImageNet: 74.0 % (Large), 67.7 % (Small), torchvision.
///
/// A fully connected layer with hard swish stands between the mean over space and the classifier, so a logit is no sum
/// over places. Layers: torchvision's modules, one for each block, timm's or Keras', where a convolution includes its
/// activation; the default is the last convolution's activation.
enum MobileNetV3 {
  enum Nonlinearity: Sendable { case re, hs }

  /// Tables 1 and 2, the rows "bneck": kernel, expansion size, channels out, whether with squeeze-and-excitation,
  /// nonlinearity, stride.
  typealias Row = (k: Int, exp: Int, out: Int, se: Bool, nl: Nonlinearity, s: Int)

  static let large: [Row] = [
    (3, 16, 16, false, .re, 1),
    (3, 64, 24, false, .re, 2),
    (3, 72, 24, false, .re, 1),
    (5, 72, 40, true, .re, 2),
    (5, 120, 40, true, .re, 1),
    (5, 120, 40, true, .re, 1),
    (3, 240, 80, false, .hs, 2),
    (3, 200, 80, false, .hs, 1),
    (3, 184, 80, false, .hs, 1),
    (3, 184, 80, false, .hs, 1),
    (3, 480, 112, true, .hs, 1),
    (3, 672, 112, true, .hs, 1),
    (5, 672, 160, true, .hs, 2),
    (5, 960, 160, true, .hs, 1),
    (5, 960, 160, true, .hs, 1),
  ]

  static let small: [Row] = [
    (3, 16, 16, true, .re, 2),
    (3, 72, 24, false, .re, 2),
    (3, 88, 24, false, .re, 1),
    (5, 96, 40, true, .hs, 2),
    (5, 240, 40, true, .hs, 1),
    (5, 240, 40, true, .hs, 1),
    (5, 120, 48, true, .hs, 1),
    (5, 144, 48, true, .hs, 1),
    (5, 288, 96, true, .hs, 2),
    (5, 576, 96, true, .hs, 1),
    (5, 576, 96, true, .hs, 1),
  ]

  static let stemChannels = 16
  static let epsilon = EfficientNet.epsilon

  /// Large or Small: its table, the units of the hidden layer, and torchvision's file.
  struct Size: Sendable {
    let name: String
    let table: [Row]
    let hidden: Int
    let torchvision: TorchvisionCheckpoint
    /// Widths that timm and Keras have besides 1.0, in hundredths.
    let timmWidths: [Int]
  }

  static let sizes = [
    Size(
      name: "large", table: large, hidden: 1280,
      torchvision: TorchvisionCheckpoint("mobilenet_v3_large", "8738ca79", 21.114, 74.042, 224, 256, .bilinear),
      timmWidths: [100, 75]),
    Size(
      name: "small", table: small, hidden: 1024,
      torchvision: TorchvisionCheckpoint("mobilenet_v3_small", "047dcff4", 9.829, 67.668, 224, 256, .bilinear),
      timmWidths: [100, 75, 50]),
  ]

  /// Widths of Keras' and the TensorFlow release's networks, in hundredths.
  static let tensorFlowWidths = [100, 75]

  static let architectures = sizes.flatMap { size in
    [torchvision(size)] + size.timmWidths.map { timm(size, $0) } + tensorFlowWidths.map { tensorFlow(size, $0) }
      + tensorFlowWidths.map { keras(size, $0) }
  }

  private static func title(_ size: Size, _ hundredths: Int = 100) -> String {
    "MobileNetV3-\(size.name.prefix(1).uppercased())\(size.name.dropFirst())"
      + (hundredths == 100 ? "" : " 0.\(hundredths)")
  }

  /// Width in hundredths with three digits, as timm writes it.
  private static func suffix(_ hundredths: Int) -> String { hundredths < 100 ? "0\(hundredths)" : "\(hundredths)" }

  private static func torchvision(_ size: Size) -> Architecture {
    let name = "mobilenet-v3-\(size.name)"
    return EfficientNet.architecture(
      name, title: title(size), publisher: "torchvision", preprocessing: size.torchvision.preprocessing,
      network(
        size, 100,
        .torchvision(
          { "features.\($0.index + 1)" }, parts: "block", last: size.table.count + 1, hidden: "classifier.0",
          classifier: "classifier.3"), .symmetric, epsilon.tensorFlow),
      checkpoints: [size.torchvision.checkpoint(name, title: title(size))])
  }

  private static func timm(_ size: Size, _ hundredths: Int) -> Architecture {
    EfficientNet.architecture(
      "timm-mobilenetv3-\(size.name)-\(suffix(hundredths))", title: "\(title(size, hundredths)) (timm)",
      publisher: "timm",
      preprocessing: .torchvision(
        shorterSide: 256, side: 224, filter: size.name == "large" && hundredths == 75 ? .bilinear : .bicubic),
      network(size, hundredths, timmNames(size), .symmetric, epsilon.pyTorch))
  }

  private static func tensorFlow(_ size: Size, _ hundredths: Int) -> Architecture {
    EfficientNet.architecture(
      "tf-mobilenetv3-\(size.name)-\(suffix(hundredths))", title: "\(title(size, hundredths)) (TensorFlow)",
      publisher: "timm", preprocessing: .inception(shorterSide: 256, side: 224, filter: .bilinear),
      network(size, hundredths, timmNames(size), .same, epsilon.tensorFlow))
  }

  /// Keras' network scales pixels to -1...1 itself.
  private static func keras(_ size: Size, _ hundredths: Int) -> Architecture {
    var network = network(size, hundredths, kerasNames, .same, epsilon.tensorFlow)
    network.input = .fixed(mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5])
    network.hasConvolutionHead = true
    return EfficientNet.architecture(
      "keras-mobilenet-v3-\(size.name)" + (hundredths == 100 ? "" : "-\(suffix(hundredths))"),
      title: "\(title(size, hundredths)) (Keras)", publisher: "Keras", preprocessing: .pixels(side: 224), network)
  }

  private static func network(
    _ size: Size, _ hundredths: Int, _ names: InvertedResidualNames, _ padding: InvertedResidualNetwork.PaddingRule,
    _ epsilon: Double
  ) -> InvertedResidualNetwork {
    InvertedResidualNetwork(
      plan: plan(size, width: Double(hundredths) / 100), names: names, padding: padding, epsilon: epsilon,
      excitation: (.relu, .hardSigmoid))
  }

  /// A narrower network keeps the expansions' ratios, the stem and the hidden layer.
  private static func plan(_ size: Size, width: Double) -> InvertedResidualPlan {
    func channels(_ channels: Int) -> Int { multipleOfEight(width * Double(channels)) }
    var inputs = stemChannels
    let rows = size.table.map { row in
      defer { inputs = row.out }
      return InvertedResidualPlan.Row(
        t: Double(row.exp) / Double(inputs), c: channels(row.out), n: 1, s: row.s, k: row.k,
        squeeze: row.se ? .ofExpanded(divisor: 4) : nil,
        activation: row.nl == .hs ? .hardSwish : .relu)
    }
    return InvertedResidualPlan(
      stem: stemChannels, rows, last: multipleOfEight(6 * Double(channels(size.table.last!.out))), hidden: size.hidden,
      activation: .hardSwish)
  }

  /// timm counts rows with the same channels as one stage; the last convolution is a stage after them.
  private static func timmNames(_ size: Size) -> InvertedResidualNames {
    var places: [(stage: Int, place: Int)] = []
    for (index, row) in size.table.enumerated() {
      let isNew = index == 0 || size.table[index - 1].out != row.out
      let last = places.last ?? (-1, 0)
      places.append(isNew ? (last.stage + 1, 0) : (last.stage, last.place + 1))
    }
    let (stages, last) = (places, places.last!.stage + 1)
    return InvertedResidualNames(
      layout: .pyTorch, stem: ("bn1", ("conv_stem", "bn1")),
      block: { block in
        var block = block
        let isBeyond = block.index >= stages.count
        (block.stage, block.place) = isBeyond ? (last - 1, stages[stages.count - 1].place + 1) : stages[block.index]
        return InvertedResidualNames.timmBlock(block)
      }, last: ("blocks.\(last).0", ("blocks.\(last).0.conv", "blocks.\(last).0.bn1")), hidden: "conv_head",
      classifier: "classifier")
  }

  /// Keras has no module for a block: its layer is the last operation, the sum or the normalisation.
  private static let kerasNames = InvertedResidualNames(
    layout: .keras, stem: ("conv", ("conv", "conv_bn")),
    block: { block in
      let name = block.index == 0 ? "expanded_conv" : "expanded_conv_\(block.index)"
      func pair(_ part: String) -> InvertedResidualModules.Pair { ("\(name)_\(part)", "\(name)_\(part)_bn") }
      return InvertedResidualModules(
        layer: name + (block.hasSkip ? "_add" : "_project_bn"), expand: block.isExpanded ? pair("expand") : nil,
        depthwise: pair("depthwise"),
        squeeze: block.reduced.map { _ in (name + "_squeeze_excite_conv", name + "_squeeze_excite_conv_1") },
        project: pair("project"))
    }, last: ("conv_1", ("conv_1", "conv_1_bn")), hidden: "conv_2", classifier: "logits")
}
