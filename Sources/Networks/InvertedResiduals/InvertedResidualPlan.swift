import Autodiff

/// A network of inverted residuals with every count worked out: what a paper's table gives for one member of a family.
struct InvertedResidualPlan: Sendable {
  /// A row of a table: `n` blocks of expansion `t`, `c` channels and kernel `k`, the first with stride `s`.
  struct Row: Sendable {
    var t: Double
    var c: Int
    var n: Int
    var s: Int
    var k: Int
    /// Whether expansion and depthwise convolution are one.
    var isFused = false
    /// nil where there is no squeeze-and-excitation.
    var squeeze: Squeeze?
    var activation: Activation
  }

  /// To how many channels a block's squeeze-and-excitation reduces.
  enum Squeeze: Sendable {
    /// This part of the block's channels in: MnasNet's rule, and with it EfficientNet's.
    case ofInputs(divisor: Int)
    /// This part of the expanded channels, as a multiple of 8: MobileNetV3's.
    case ofExpanded(divisor: Int)

    func channels(inputs: Int, expanded: Int) -> Int {
      switch self {
      case .ofInputs(let divisor): max(1, inputs / divisor)
      case .ofExpanded(let divisor): multipleOfEight(Double(expanded) / Double(divisor))
      }
    }
  }

  struct Block: Sendable {
    /// The row, the place in it and the place in the whole network, all from 0.
    var stage: Int
    var place: Int
    var index: Int
    var isFused: Bool
    var inputs: Int
    var outputs: Int
    var expanded: Int
    var kernel: Int
    var stride: Int
    /// Channels between the two layers of the squeeze-and-excitation; nil where there is none.
    var reduced: Int?
    var activation: Activation
    /// The image's height over the height of what the block sees.
    var reduction: Int

    var isExpanded: Bool { expanded != inputs }
    /// Whether the input is added to the result: wherever it fits.
    var hasSkip: Bool { stride == 1 && inputs == outputs }
  }

  /// Channels of the 3x3 convolution with stride 2 that the network begins with.
  let stem: Int
  let blocks: [Block]
  /// Channels of the 1x1 convolution after the blocks.
  let last: Int
  /// Units of a fully connected layer between the mean over space and the classifier; nil where there is none.
  let hidden: Int?
  /// After the stem, the last convolution and the hidden layer.
  let activation: Activation

  init(stem: Int, _ rows: [Row], last: Int, hidden: Int? = nil, activation: Activation) {
    var blocks: [Block] = []
    var (inputs, reduction) = (stem, 2)
    for (stage, row) in rows.enumerated() {
      for place in 0..<row.n {
        let expanded = multipleOfEight(Double(inputs) * row.t)
        let stride = place == 0 ? row.s : 1
        blocks.append(
          Block(
            stage: stage, place: place, index: blocks.count, isFused: row.isFused, inputs: inputs, outputs: row.c,
            expanded: expanded, kernel: row.k, stride: stride,
            reduced: row.squeeze?.channels(inputs: inputs, expanded: expanded),
            activation: row.activation, reduction: reduction))
        inputs = row.c
        reduction *= stride
      }
    }
    self.stem = stem
    self.blocks = blocks
    self.last = last
    self.hidden = hidden
    self.activation = activation
  }

  /// Channels that the classifier reads.
  var features: Int { hidden ?? last }

  func isLastOfStage(_ block: Block) -> Bool {
    block.index == blocks.count - 1 || blocks[block.index + 1].stage != block.stage
  }

  /// Bytes of all results of stem, blocks and last convolution together, of an image of this height and width.
  func bytes(side: Int) -> Int {
    let pixels = { (reduction: Int) in (side / reduction) * (side / reduction) }
    let last = pixels(blocks.last.map { $0.reduction * $0.stride } ?? 2) * last
    return 4 * blocks.reduce(pixels(2) * stem + last) { $0 + pixels($1.reduction * $1.stride) * $1.outputs }
  }
}

/// A number of channels as the nearest multiple of 8, at least 8, and where `keepsMost` never less than nine tenths of
/// it: MobileNetV2's rule, and with it EfficientNet's; EfficientNetV2 has given the second part up.
func multipleOfEight(_ channels: Double, keepsMost: Bool = true) -> Int {
  let rounded = max(8, Int(channels + 4) / 8 * 8)
  return keepsMost && Double(rounded) < 0.9 * channels ? rounded + 8 : rounded
}
