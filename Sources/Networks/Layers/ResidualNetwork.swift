import Autodiff
import Images

/// A residual network under torchvision's names: a stem, four groups of blocks with shortcuts, a mean over space and
/// one fully connected layer. The papers that follow "Deep Residual Learning" change one of its numbers each.
///
/// Unless said otherwise a block strides in its 3x3 convolution ("v1.5"). Layers: torchvision's modules; the default is
/// the last block's result. Of each group but the last only the last block's result is kept.
struct ResidualNetwork: Sendable {
  enum Block: Sendable {
    /// Two 3x3 convolutions.
    case basic
    /// Reduce 1x1, 3x3, restore 1x1.
    case bottleneck
  }

  enum Stem: Sendable {
    /// One 7x7 convolution.
    case plain
    /// Three 3x3 convolutions, and shortcuts that stride by a mean of 2x2 pixels: "ResNet-D".
    case deep
    /// One 3x3 convolution that does not stride, and no pooling: for images of 32x32.
    case small
  }

  let block: Block
  /// Blocks of each group.
  let blocks: [Int]
  /// Groups of channels of the 3x3 convolution.
  var cardinality = 1
  /// Channels of each of these groups, for a group of blocks that has 64 channels in ResNet's table.
  var width = 64
  var hasExcitation = false
  var stem = Stem.plain
  /// Whether it computes as the networks of the paper on squeeze-and-excitation do, which come from Caffe: the last
  /// windows of the stem's pooling hang over the edge instead of being padded, a bottleneck without groups strides in
  /// its first 1x1 convolution, and a basic block has a ReLU before its excitation.
  var isCaffes = false

  /// Channels of the 3x3 convolutions of each group of blocks in ResNet's table.
  static let channels = [64, 128, 256, 512]
  static let stemChannels = 64
  /// Channels of the deep stem's first two convolutions.
  static let deepStemChannels = 32
  /// Squeeze-and-excitation reduces a block's channels to this part: r. timm makes it at least 8 channels.
  static let reduction = 16
  static let fewestReduced = 8
  static let epsilon = 1e-5
  /// Height and width of what the first group sees of an image of 224 x 224; each further group halves it.
  static let firstSide = 56
  /// The same with the small stem and an image of 32x32.
  static let firstSideOfSmall = 32

  /// A block's result has this many times the channels of the table.
  private var expansion: Int { block == .basic ? 1 : 4 }

  /// Channels of the 3x3 convolution.
  private func innerChannels(_ group: Int) -> Int {
    block == .basic ? Self.channels[group] : Self.channels[group] * width / 64 * cardinality
  }

  /// Channels between the two layers of the excitation.
  private func reducedChannels(_ group: Int) -> Int {
    max(outputs(group) / Self.reduction, isCaffes ? 1 : Self.fewestReduced)
  }

  private func outputs(_ group: Int) -> Int { expansion * Self.channels[group] }

  private var headWeight: HeadWeight { HeadWeight(headModule + ".weight", .linear, inputs: outputs(3)) }

  // Names of the networks that come from Caffe differ in three places.
  private var stemModules: (filter: String, normalization: String) {
    isCaffes ? ("layer0.conv1", "layer0.bn1") : ("conv1", "bn1")
  }
  private var excitationModule: String { isCaffes ? "se_module" : "se" }
  private var headModule: String { isCaffes ? "last_linear" : "fc" }

  // MARK: - Registration

  /// - Parameter conventions: nil: torchvision's names as they are, which timm has too.
  func architecture(
    _ name: String, title: String, preprocessing: Preprocessing = .torchvision(filter: .bilinear),
    conventions: [NameConvention]? = nil, checkpoints: [PublishedCheckpoint] = []
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: stem == .small ? 8...256 : 32...1024,
      signature: signature,
      head: headWeight, conventions: conventions ?? [NameConvention("torchvision and timm", .pyTorch, modules: [:])],
      checkpoints: checkpoints, build: network)
  }

  /// The stem, the widths of the first block, the shortcut's place, the last block of each group.
  private var signature: NetworkSignature {
    let kernel = block == .basic ? 3 : 1
    let stemFilter =
      switch stem {
      case .plain: ParameterDescription(stemModules.filter + ".weight", .convolution, [7, 7, 3, Self.stemChannels])
      case .deep: ParameterDescription("conv1.0.weight", .convolution, [3, 3, 3, Self.deepStemChannels])
      case .small: ParameterDescription("conv1.weight", .convolution, [3, 3, 3, Self.stemChannels])
      }
    var has = [
      stemFilter,
      ParameterDescription(
        "layer1.0.conv1.weight", .convolution, [kernel, kernel, Self.stemChannels, innerChannels(0)]),
      ParameterDescription(
        "layer1.0.conv2.weight", .convolution, [3, 3, innerChannels(0) / cardinality, innerChannels(0)]),
      ParameterDescription(
        "layer2.0.downsample.\(stem == .deep ? 1 : 0).weight", .convolution, [1, 1, outputs(0), outputs(1)]),
    ]
    for (group, count) in blocks.enumerated() {
      has.append(ParameterDescription("layer\(group + 1).\(count - 1).bn1.weight", .vector, [innerChannels(group)]))
    }
    let (last, lastGroup) = (block == .basic ? "conv2" : "conv3", blocks.count - 1)
    has.append(
      ParameterDescription(
        "layer\(blocks.count).\(blocks[lastGroup] - 1).\(last).weight", .convolution,
        block == .basic
          ? [3, 3, innerChannels(lastGroup), outputs(lastGroup)] : [1, 1, innerChannels(lastGroup), outputs(lastGroup)])
    )
    if hasExcitation {
      has.append(
        ParameterDescription(
          "layer1.0.\(excitationModule).fc1.weight", .convolution, [1, 1, outputs(0), reducedChannels(0)]))
    }
    let deeper = blocks.enumerated().map { group, count in "layer\(group + 1).\(count).conv1.weight" }
    return NetworkSignature(has: has, lacks: deeper + (hasExcitation ? [] : ["layer1.0.se.fc1.weight"]))
  }

  // MARK: - Network

  private func network(_ weights: WeightReader) throws(WeightError) -> Network {
    var stages = try stemStages(weights)
    var inputs = Self.stemChannels
    for (group, count) in blocks.enumerated() {
      for index in 0..<count {
        let name = "layer\(group + 1).\(index)"
        let stride = index == 0 && group > 0 ? 2 : 1
        let block = try residualBlock(weights, name, group, inputs: inputs, stride: stride)
        stages.append(
          Network.Stage(
            name, isKept: group == blocks.count - 1 || index == count - 1, receptiveField: receptiveField(stride)
          ) { block($0) })
        inputs = outputs(group)
      }
      // torchvision's name of the whole group: the last block's result once more, at no cost.
      stages.append(Network.Stage("layer\(group + 1)", isKept: false, receptiveField: ReceptiveField()) { $0 })
    }

    let lastBlock = "layer\(blocks.count).\(blocks.last! - 1)"
    return try Network(readingMeanOf: stages, besides: [lastBlock], weights, headWeight)
  }

  /// Of a block; with excitation all channels depend on the whole image.
  private func receptiveField(_ stride: Int) -> ReceptiveField? {
    if hasExcitation { return nil }
    let field = ReceptiveField.window(3, stride: stride)
    return block == .basic ? field.followed(by: .window(3)) : field
  }

  private func stemStages(_ weights: WeightReader) throws(WeightError) -> [Network.Stage] {
    let (inner, outputs, side) = (Self.deepStemChannels, Self.stemChannels, 2 * Self.firstSide)
    let stem: [ConvolutionLayer]
    let field: ReceptiveField
    switch self.stem {
    case .plain:
      stem = [
        try convolution(
          weights, stemModules.filter, stemModules.normalization, kernel: 7, inputs: 3, outputs: outputs, stride: 2)
      ]
      field = .window(7, stride: 2)
    case .deep:
      stem = [
        try convolution(weights, "conv1.0", "conv1.1", kernel: 3, inputs: 3, outputs: inner, stride: 2),
        try convolution(weights, "conv1.3", "conv1.4", kernel: 3, inputs: inner, outputs: inner, side: side),
        try convolution(weights, "conv1.6", "bn1", kernel: 3, inputs: inner, outputs: outputs, side: side),
      ]
      field = .window(3, stride: 2).followed(by: .window(3)).followed(by: .window(3))
    case .small:
      stem = [try convolution(weights, "conv1", "bn1", kernel: 3, inputs: 3, outputs: outputs)]
      field = .window(3)
    }
    let stage = Network.Stage("relu", receptiveField: field) { stem.reduce($0) { $1($0) } }
    if self.stem == .small { return [stage] }
    if isCaffes {
      return [
        stage,
        Network.Stage("maxpool", receptiveField: .unpadded(3, stride: 2)) {
          maxPooling($0, kernel: 3, stride: 2, ceiling: true)
        },
      ]
    }
    return [
      stage,
      Network.Stage("maxpool", receptiveField: .window(3, stride: 2)) {
        maxPooling($0, kernel: 3, stride: 2, padding: .symmetric(1))
      },
    ]
  }

  private func residualBlock(
    _ weights: WeightReader, _ name: String, _ group: Int, inputs: Int, stride: Int
  ) throws(WeightError) -> ResidualBlock {
    let (inner, outputs) = (innerChannels(group), outputs(group))
    let side = (stem == .small ? Self.firstSideOfSmall : Self.firstSide) >> group
    let sum: Activation = hasExcitation && !(isCaffes && block == .basic) ? .identity : .relu
    let stridesFirst = isCaffes && cardinality == 1
    var first: [ConvolutionLayer] = []
    let last: ConvolutionLayer
    switch block {
    case .basic:
      first.append(
        try convolution(
          weights, name + ".conv1", name + ".bn1", kernel: 3, inputs: inputs, outputs: inner, stride: stride,
          side: side))
      last = try convolution(
        weights, name + ".conv2", name + ".bn2", kernel: 3, inputs: inner, outputs: outputs, activation: sum,
        side: side)
    case .bottleneck:
      first.append(
        try convolution(
          weights, name + ".conv1", name + ".bn1", kernel: 1, inputs: inputs, outputs: inner,
          stride: stridesFirst ? stride : 1))
      first.append(
        try convolution(
          weights, name + ".conv2", name + ".bn2", kernel: 3, inputs: inner, outputs: inner, groups: cardinality,
          stride: stridesFirst ? 1 : stride, side: side))
      last = try convolution(
        weights, name + ".conv3", name + ".bn3", kernel: 1, inputs: inner, outputs: outputs, activation: sum)
    }
    var excitation: SqueezeExcitation?
    if hasExcitation {
      excitation = try SqueezeExcitation(
        weights, squeeze: "\(name).\(excitationModule).fc1", excite: "\(name).\(excitationModule).fc2",
        channels: outputs,
        reduced: reducedChannels(group), activation: .relu)
    }
    let poolsShortcut = stem == .deep && stride > 1
    var projection: ConvolutionLayer?
    if inputs != outputs || stride > 1 {
      let number = stem == .deep ? 1 : 0
      projection = try convolution(
        weights, "\(name).downsample.\(number)", "\(name).downsample.\(number + 1)", kernel: 1, inputs: inputs,
        outputs: outputs, stride: poolsShortcut ? 1 : stride, activation: .identity)
    }
    return ResidualBlock(
      first, last: last, excitation: excitation, projection: projection, poolsShortcut: poolsShortcut)
  }

  /// - Parameter side: of what a 3x3 convolution sees; looked at where it does not stride.
  private func convolution(
    _ weights: WeightReader, _ name: String, _ normalization: String, kernel: Int, inputs: Int, outputs: Int,
    groups: Int = 1, stride: Int = 1, activation: Activation = .relu, side: Int? = nil
  ) throws(WeightError) -> ConvolutionLayer {
    try ConvolutionLayer(
      weights, name + ".weight", normalization: NormalizationParameters(normalization, epsilon: Self.epsilon),
      kernel: kernel, inputs: inputs, outputs: outputs, groups: groups, stride: stride,
      padding: .symmetric(kernel / 2), activation: activation, side: stride == 1 ? side : nil)
  }
}
