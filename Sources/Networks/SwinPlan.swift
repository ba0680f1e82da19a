import Autodiff

/// What a Swin Transformer of either version is built from.
struct SwinPlan: Sendable {
  enum Version: Sendable {
    /// Normalises before attention and fully connected layers; products of queries and keys; a table of distances.
    case one
    /// Normalises after them; cosines; distances by a small network.
    case two
  }

  let version: Version
  /// Of the first group; each further one has twice as many.
  let channels: Int
  let blocks: [Int]
  let heads: [Int]
  /// Height and width of the windows.
  let side: Int
  /// Height and width of the published input.
  let input: Int
  /// The names that its parameters have.
  let names: SwinNames

  private static let epsilon = 1e-5

  var head: HeadWeight { HeadWeight(names.classifier + ".weight", .linear, inputs: channels(3)) }

  /// The first block's shape, and how many blocks the third group has.
  var signature: NetworkSignature {
    let (first, third) = (names.block(0, 0), names.block(2, blocks[2] - 1))
    let own: ParameterDescription =
      switch version {
      case .one: .init(third.table, .linear, [(2 * side - 1) * (2 * side - 1), heads[2]])
      case .two: .init(third.logarithmOfScale, .vector, [heads[2]])
      }
    return NetworkSignature(
      has: [
        .init(first.expand + ".weight", .linear, [4 * channels, channels]),
        .init(names.merging(1).reduction + ".weight", .linear, [2 * channels, 4 * channels]),
        .init(names.merging(3).reduction + ".weight", .linear, [8 * channels, 16 * channels]), own,
      ], lacks: [names.block(2, blocks[2]).expand + ".weight"])
  }

  /// Of a group.
  private func channels(_ group: Int) -> Int { channels << group }

  /// Height and width of what a group sees of an image of the published size.
  private func extent(_ group: Int) -> Int { (input / 4) >> group }

  /// A group's windows: no larger than what it sees, as timm has it. At the published sizes the other libraries' are
  /// the same.
  private func side(_ group: Int) -> Int { min(side, extent(group)) }

  /// Their modules and parameters to ours.
  func modules(from theirs: SwinNames) -> [String: String] {
    func all(_ names: SwinNames) -> [String] { names.all(blocks: blocks, version) }
    return Dictionary(uniqueKeysWithValues: zip(all(theirs), all(names)))
  }

  /// Our parameters of queries, keys and values that are several of theirs.
  func joined(from theirs: SwinNames) -> [String: [String?]] {
    var joined: [String: [String?]] = [:]
    for (group, count) in blocks.enumerated() {
      for index in 0..<count {
        let (source, ours) = (theirs.block(group, index), names.block(group, index).qkv)
        if let parts = source.separate {
          joined[ours + ".weight"] = [parts.query + ".weight", parts.key + ".weight", parts.value + ".weight"]
          joined[ours + ".bias"] = [parts.query + ".bias", parts.key + ".bias", parts.value + ".bias"]
        }
        if version == .two { joined[ours + ".bias"] = [source.biases.query, nil, source.biases.value] }
      }
    }
    return joined
  }

  @Sendable func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let patches = try ConvolutionLayer(
      weights, names.patches.convolution + ".weight", bias: names.patches.convolution + ".bias", kernel: 4, inputs: 3,
      outputs: channels, stride: 4, padding: .valid, activation: .identity)
    let patchNormalization = try LayerNormalizationLayer(
      weights, names.patches.normalization, channels: channels, epsilon: Self.epsilon)
    var stages = [
      Network.Stage(names.patches.layer, receptiveField: .unpadded(4, stride: 4)) { patchNormalization(patches($0)) }
    ]
    for group in blocks.indices {
      if group > 0 { stages.append(try merging(weights, group)) }
      let mask = WindowMask(weights, extent: extent(group), side: side(group))
      for index in 0..<blocks[group] {
        let part = names.block(group, index)
        let block = try SwinBlock(
          weights, part, version, channels: channels(group), heads: heads[group], side: side(group),
          mask: index % 2 == 1 ? mask : nil, epsilon: Self.epsilon)
        let isKept = group == blocks.count - 1 || index == blocks[group] - 1
        stages.append(
          Network.Stage(part.layer, isKept: isKept, innerLayers: [part.firstNormalization, part.secondNormalization]) {
            block($0, $1)
          })
      }
      // The whole group: the last block's result once more, at no cost.
      stages.append(Network.Stage(names.group(group), isKept: false, receptiveField: ReceptiveField()) { $0 })
    }

    let normalization = try LayerNormalizationLayer(
      weights, names.normalization, channels: channels(3), epsilon: Self.epsilon)
    stages.append(Network.Stage(names.normalization, receptiveField: ReceptiveField()) { normalization($0) })
    return try Network(readingMeanOf: stages, weights, head)
  }

  /// Before each group but the first: 2x2 pixels become one, of twice the channels.
  private func merging(_ weights: WeightReader, _ group: Int) throws(WeightError) -> Network.Stage {
    let (part, outputs) = (names.merging(group), channels(group))
    let normalization = try LayerNormalizationLayer(
      weights, part.normalization, channels: version == .one ? 2 * outputs : outputs, epsilon: Self.epsilon)
    let reduction = try TokenLayer(
      weights, [.init(part.reduction + ".weight", bias: nil, outputs: outputs)], inputs: 2 * outputs)
    return Network.Stage(part.layer, isKept: false, receptiveField: .unpadded(2, stride: 2)) { [version] x in
      let merged = mergePatches(x)
      return version == .one ? reduction(normalization(merged)) : normalization(reduction(merged))
    }
  }
}

/// Attention within windows and two fully connected layers of each pixel, with a shortcut around each; arXiv
/// 2103.14030, equation 3, and arXiv 2111.09883, figure 1.
struct SwinBlock: Sendable {
  private let names: SwinNames.Block
  private let version: SwinPlan.Version
  private let firstNormalization: LayerNormalizationLayer
  private let attention: WindowAttention
  private let projection: TokenLayer
  private let secondNormalization: LayerNormalizationLayer
  private let expand: TokenLayer
  private let contract: TokenLayer

  /// - Parameter mask: nil where the windows are not shifted.
  init(
    _ weights: WeightReader, _ part: SwinNames.Block, _ version: SwinPlan.Version, channels: Int, heads: Int,
    side: Int, mask: WindowMask?, epsilon: Double
  ) throws(WeightError) {
    names = part
    self.version = version
    firstNormalization = try LayerNormalizationLayer(
      weights, part.firstNormalization, channels: channels, epsilon: epsilon)
    let positionBias =
      switch version {
      case .one: try PositionBias(weights, table: part.table, heads: heads, side: side)
      case .two: try PositionBias(weights, hidden: part.hidden, output: part.output, heads: heads, side: side)
      }
    attention = try WindowAttention(
      weights, part.qkv, channels: channels, heads: heads, side: side,
      similarity: version == .one ? .product : .cosine(logarithmOfScale: part.logarithmOfScale),
      positionBias: positionBias, mask: mask)
    projection = try TokenLayer(
      weights, [.init(part.projection, outputs: channels)], inputs: channels)
    secondNormalization = try LayerNormalizationLayer(
      weights, part.secondNormalization, channels: channels, epsilon: epsilon)
    expand = try TokenLayer(
      weights, [.init(part.expand, outputs: 4 * channels)], inputs: channels, activation: .gelu)
    contract = try TokenLayer(
      weights, [.init(part.contract, outputs: channels)], inputs: 4 * channels)
  }

  /// - Parameter probe: told of both normalisations.
  func callAsFunction(_ x: Variable, _ probe: Network.Probe) -> Variable {
    func first(_ x: Variable) -> Variable { probe(names.firstNormalization, firstNormalization(x)) }
    func second(_ x: Variable) -> Variable { probe(names.secondNormalization, secondNormalization(x)) }
    switch version {
    case .one:
      let mixed = projection(attention(first(x)), adding: x)
      return contract(expand(second(mixed)), adding: mixed)
    case .two:
      let mixed = add(x, first(projection(attention(x))))
      return add(mixed, second(contract(expand(mixed))))
    }
  }
}
