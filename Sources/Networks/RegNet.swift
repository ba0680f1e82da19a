import Autodiff
import Images

/// RegNet: four stages of bottlenecks without a bottleneck, of widths that follow from one line, their 3x3 convolutions
/// in groups of channels of one width; RegNetY with squeeze-and-excitation.
///
/// - Paper: Radosavovic et al., "Designing Network Design Spaces", arXiv 2003.13678, tables of appendix D (RegNetX) and
///   section 5 (RegNetY).
/// - Checkpoints: torchvision's `regnet_x_400mf` to `regnet_y_32gf`, weights V1, whose parameter names and layers are
///   the names here; and timm's `regnetx_002` to `regnety_320`, which map onto them one to one. Where a width is not a
///   multiple of a group's, the two round it differently: those are networks of their own.
/// - Published top-1 on ImageNet: 72.8 to 80.9 % (torchvision).
///
/// The default layer is the last block's result. Of each stage but the last only the last block's result is kept.
struct RegNet: Sendable {
  typealias Row = (name: String, d: [Int], w: [Int], g: [Int])

  /// X: depths d, widths w, group widths g of each stage; bottleneck ratio b = 1. The group's width is the stage's
  /// where that is less.
  static let x: [Row] = [
    ("400mf", [1, 2, 7, 12], [32, 64, 160, 400], [16, 16, 16, 16]),
    ("800mf", [1, 3, 7, 5], [64, 128, 288, 672], [16, 16, 16, 16]),
    ("1.6gf", [2, 4, 10, 2], [72, 168, 408, 912], [24, 24, 24, 24]),
    ("3.2gf", [2, 6, 15, 2], [96, 192, 432, 1008], [48, 48, 48, 48]),
    ("8gf", [2, 5, 15, 1], [80, 240, 720, 1920], [80, 120, 120, 120]),
    ("16gf", [2, 6, 13, 1], [256, 512, 896, 2048], [128, 128, 128, 128]),
    ("32gf", [2, 7, 13, 1], [336, 672, 1344, 2520], [168, 168, 168, 168]),
  ]

  /// Y.
  static let y: [Row] = [
    ("400mf", [1, 3, 6, 6], [48, 104, 208, 440], [8, 8, 8, 8]),
    ("800mf", [1, 3, 8, 2], [64, 144, 320, 784], [16, 16, 16, 16]),
    ("1.6gf", [2, 6, 17, 2], [48, 120, 336, 888], [24, 24, 24, 24]),
    ("3.2gf", [2, 5, 13, 1], [72, 216, 576, 1512], [24, 24, 24, 24]),
    ("8gf", [2, 4, 10, 1], [224, 448, 896, 2016], [56, 56, 56, 56]),
    ("16gf", [2, 4, 11, 1], [224, 448, 1232, 3024], [112, 112, 112, 112]),
    ("32gf", [2, 5, 12, 1], [232, 696, 1392, 3712], [232, 232, 232, 232]),
  ]

  /// Those of X that only timm has, by its names.
  static let xOfTimm: [Row] = [
    ("002", [1, 1, 4, 7], [24, 56, 152, 368], [8, 8, 8, 8]),
    ("004", [1, 2, 7, 12], [32, 64, 160, 384], [16, 16, 16, 16]),
    ("006", [1, 3, 5, 7], [48, 96, 240, 528], [24, 24, 24, 24]),
    ("040", [2, 5, 14, 2], [80, 240, 560, 1360], [40, 40, 40, 40]),
    ("064", [2, 4, 10, 1], [168, 392, 784, 1624], [56, 56, 56, 56]),
    ("120", [2, 5, 11, 1], [224, 448, 896, 2240], [112, 112, 112, 112]),
  ]

  /// Those of Y that only timm has.
  static let yOfTimm: [Row] = [
    ("002", [1, 1, 4, 7], [24, 56, 152, 368], [8, 8, 8, 8]),
    ("006", [1, 3, 7, 4], [48, 112, 256, 608], [16, 16, 16, 16]),
    ("008", [1, 3, 8, 2], [64, 128, 320, 768], [16, 16, 16, 16]),
    ("040", [2, 6, 12, 2], [128, 192, 512, 1088], [64, 64, 64, 64]),
    ("064", [2, 7, 14, 2], [144, 288, 576, 1296], [72, 72, 72, 72]),
    ("080", [2, 4, 10, 1], [168, 448, 896, 2016], [56, 56, 56, 56]),
    ("120", [2, 5, 11, 1], [224, 448, 896, 2240], [112, 112, 112, 112]),
  ]

  static let stemChannels = 32
  /// Squeeze-and-excitation reduces to this part of a block's input channels.
  static let squeezeDivisor = 4
  /// Height and width of what the first stage gives of an image of 224 x 224; each further stage halves it.
  static let firstSide = 56
  static let epsilon = 1e-5

  private let depths: [Int]
  private let widths: [Int]
  private let groupWidths: [Int]
  private let hasExcitation: Bool

  private init(_ row: Row, hasExcitation: Bool) {
    depths = row.d
    widths = row.w
    groupWidths = row.g
    self.hasExcitation = hasExcitation
  }

  static let architectures =
    [(x, false), (y, true)].flatMap { rows, hasExcitation in
      rows.map { row in
        let letter = hasExcitation ? "y" : "x"
        let (name, title) = ("regnet-\(letter)-\(row.name)", "RegNet\(letter.uppercased()) \(row.name.uppercased())")
        let network = RegNet(row, hasExcitation: hasExcitation)
        let file = "regnet_\(letter)_\(row.name.split(separator: ".").joined(separator: "_"))"
        let (digest, mebibytes, top1) = published[file]!
        return network.architecture(
          name, title, .torchvision(filter: .bilinear),
          conventions: [
            NameConvention("torchvision", .pyTorch, modules: [:]),
            NameConvention("timm", .pyTorch, modules: network.modulesFromTimm),
          ],
          checkpoints: [
            .torchvision(name, title: title, file: file, digest: digest, mebibytes: mebibytes, top1: top1)
          ])
      }
    }
    + [(xOfTimm, false), (yOfTimm, true)].flatMap { rows, hasExcitation in
      rows.map { row in
        let letter = hasExcitation ? "y" : "x"
        let network = RegNet(row, hasExcitation: hasExcitation)
        return network.architecture(
          "regnet\(letter)-\(row.name)", "RegNet\(letter.uppercased())-\(row.name)",
          .timm(
            side: 224, cropPercentage: ["040", "064", "080", "120"].contains(row.name) && hasExcitation ? 0.95 : 0.875),
          conventions: [NameConvention("timm", .pyTorch, modules: network.modulesFromTimm)], checkpoints: [])
      }
    }

  /// Of torchvision's files: the first digits of the SHA-256, size in MiB, top-1.
  private static let published: [String: (digest: String, mebibytes: Double, top1: Double)] = [
    "regnet_x_400mf": ("adf1edd5", 21.258, 72.834),
    "regnet_x_800mf": ("ad17e45c", 27.945, 75.212),
    "regnet_x_1_6gf": ("e3633e7f", 35.339, 77.040),
    "regnet_x_3_2gf": ("f342aeae", 58.756, 78.364),
    "regnet_x_8gf": ("03ceed89", 151.456, 79.344),
    "regnet_x_16gf": ("2007eb11", 207.627, 80.058),
    "regnet_x_32gf": ("9d47f8d0", 412.039, 80.622),
    "regnet_y_400mf": ("c65dace8", 16.806, 74.046),
    "regnet_y_800mf": ("1b27b58c", 24.774, 76.420),
    "regnet_y_1_6gf": ("b11a554e", 43.152, 77.950),
    "regnet_y_3_2gf": ("b5a9779c", 74.567, 78.948),
    "regnet_y_8gf": ("d0d0e4a8", 150.701, 80.032),
    "regnet_y_16gf": ("9e6ed7dd", 319.490, 80.424),
    "regnet_y_32gf": ("4dee3f7a", 554.076, 80.878),
  ]

  // MARK: - Registration

  private func architecture(
    _ name: String, _ title: String, _ preprocessing: Preprocessing, conventions: [NameConvention],
    checkpoints: [PublishedCheckpoint]
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: 32...1024, signature: signature,
      head: headWeight, conventions: conventions, checkpoints: checkpoints, build: network)
  }

  private var headWeight: HeadWeight { HeadWeight("fc.weight", .linear, inputs: widths.last!) }

  /// The grouped convolution of the last block of each stage.
  private var signature: NetworkSignature {
    var has = depths.indices.map { stage in
      ParameterDescription(
        block(depths[stage] - 1, of: stage) + ".f.b.0.weight", .convolution,
        [3, 3, groupWidths[stage], widths[stage]])
    }
    let excitation = block(0, of: 0) + ".f.se.fc1.weight"
    if hasExcitation {
      has.append(
        ParameterDescription(
          excitation, .convolution, [1, 1, widths[0], Self.stemChannels / Self.squeezeDivisor]))
    }
    let deeper = depths.indices.map { block(depths[$0], of: $0) + ".f.b.0.weight" }
    // The convention of a network without excitation does not know timm's name of it.
    let foreign = hasExcitation ? [] : [excitation, "s1.b1.se.fc1.weight"]
    return NetworkSignature(has: has, lacks: deeper + foreign)
  }

  /// The module of a block.
  private func block(_ index: Int, of stage: Int) -> String {
    "trunk_output.block\(stage + 1).block\(stage + 1)-\(index)"
  }

  private var modulesFromTimm: [String: String] {
    var modules = ["stem.conv": "stem.0", "stem.bn": "stem.1", "head.fc": "fc"]
    for (stage, depth) in depths.enumerated() {
      for index in 0..<depth {
        let (ours, theirs) = (block(index, of: stage), "s\(stage + 1).b\(index + 1)")
        var parts = ["conv1": "f.a", "conv2": "f.b", "conv3": "f.c"]
        if index == 0 { parts["downsample"] = "proj" }
        for (part, name) in parts {
          modules["\(theirs).\(part).conv"] = "\(ours).\(name).0"
          modules["\(theirs).\(part).bn"] = "\(ours).\(name).1"
        }
        if hasExcitation {
          for part in ["fc1", "fc2"] { modules["\(theirs).se.\(part)"] = "\(ours).f.se.\(part)" }
        }
      }
    }
    return modules
  }

  // MARK: - Network

  private func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let stem = try Self.convolution(
      weights, "stem", kernel: 3, inputs: 3, outputs: Self.stemChannels, stride: 2)
    var stages = [Network.Stage("stem", receptiveField: .window(3, stride: 2)) { stem($0) }]
    var inputs = Self.stemChannels
    for (stage, depth) in depths.enumerated() {
      for index in 0..<depth {
        let name = block(index, of: stage)
        let stride = index == 0 ? 2 : 1
        let block = try Block(
          weights, name, inputs: inputs, outputs: widths[stage], groups: widths[stage] / groupWidths[stage],
          stride: stride, hasExcitation: hasExcitation, side: Self.firstSide >> stage)
        stages.append(
          Network.Stage(
            name, isKept: stage == depths.count - 1 || index == depth - 1,
            // With excitation all channels depend on the whole image.
            receptiveField: hasExcitation ? nil : .window(3, stride: stride)
          ) { block($0) })
        inputs = widths[stage]
      }
      // torchvision's name of the whole stage: the last block's result once more, at no cost.
      stages.append(
        Network.Stage("trunk_output.block\(stage + 1)", isKept: false, receptiveField: ReceptiveField()) { $0 })
    }

    let lastBlock = block(depths.last! - 1, of: depths.count - 1)
    return try Network(readingMeanOf: stages, besides: [lastBlock], weights, headWeight)
  }

  /// 1x1, 3x3 in groups, in RegNetY squeeze-and-excitation, 1x1, and the shortcut, which is projected where the shape
  /// changes.
  private struct Block: Sendable {
    private let first: ConvolutionLayer
    private let middle: ConvolutionLayer
    private let excitation: SqueezeExcitation?
    private let last: ConvolutionLayer
    private let projection: ConvolutionLayer?

    init(
      _ weights: WeightReader, _ name: String, inputs: Int, outputs: Int, groups: Int, stride: Int,
      hasExcitation: Bool, side: Int
    ) throws(WeightError) {
      projection =
        inputs != outputs || stride != 1
        ? try convolution(
          weights, name + ".proj", kernel: 1, inputs: inputs, outputs: outputs, stride: stride,
          activation: .identity) : nil
      first = try convolution(weights, name + ".f.a", kernel: 1, inputs: inputs, outputs: outputs)
      middle = try convolution(
        weights, name + ".f.b", kernel: 3, inputs: outputs, outputs: outputs, groups: groups, stride: stride,
        side: stride == 1 ? side : nil)
      excitation =
        hasExcitation
        ? try SqueezeExcitation(
          weights, squeeze: name + ".f.se.fc1", excite: name + ".f.se.fc2", channels: outputs,
          reduced: inputs / squeezeDivisor, activation: .relu) : nil
      last = try convolution(weights, name + ".f.c", kernel: 1, inputs: outputs, outputs: outputs)
    }

    func callAsFunction(_ x: Variable) -> Variable {
      var wide = middle(first(x))
      if let excitation { wide = scaleChannels(wide, by: excitation.gate(globalAveragePool(wide))) }
      // The ReLU after the sum is the last convolution's.
      return last(wide, adding: projection?(x) ?? x)
    }
  }

  private static func convolution(
    _ weights: WeightReader, _ name: String, kernel: Int, inputs: Int, outputs: Int, groups: Int = 1,
    stride: Int = 1, activation: Activation = .relu, side: Int? = nil
  ) throws(WeightError) -> ConvolutionLayer {
    try ConvolutionLayer(
      weights, name + ".0.weight", normalization: NormalizationParameters(name + ".1", epsilon: epsilon),
      kernel: kernel, inputs: inputs, outputs: outputs, groups: groups, stride: stride,
      padding: .symmetric(kernel / 2), activation: activation, side: side)
  }
}
