import Autodiff

/// A transformer that reads an image as a row of patches: what ViT, DeiT, DINOv2 and CLIP's image tower share. Their
/// own files hold what differs.
///
/// Source: Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", arXiv
/// 2010.11929, section 3.1.
///
/// Layers: each block, and within it the results of its two normalisations; the default is the last block's first one,
/// whose tokens are the last that the class token still reads. Of the blocks' results the last ones are kept, some 12
/// MiB of them.
struct PatchTransformer: Sendable {
  /// A row of the paper's table 1.
  struct Size: Sendable {
    let layers: Int
    /// "Hidden size D".
    let width: Int
    let mlpSize: Int
    let heads: Int
  }

  /// A checkpoint's names of all but the last layers.
  struct Names: Sendable {
    /// The layer that gives the first tokens.
    let embedding: String
    let patchWeight: String
    let patchBias: String?
    let positions: String
    /// Normalisation before the first block; nil where there is none.
    var preNorm: String?
    /// Normalisation after the last block.
    let norm: String
    let block: @Sendable (Int) -> TransformerBlock.Names
  }

  let size: Size
  let patch: Int
  /// Height and width of the images that the paper's position embeddings were learned for; a file may have others.
  let side: Int
  let activation: Activation
  let epsilon: Double
  let names: Names
  var resampling = PositionEmbedding.Resampling.antialiased
  /// How many of the tokens before the patches' have position embeddings, the first ones; nil: all.
  var positionedTokens: Int?

  /// Bytes of blocks' results that a forward pass keeps.
  private static let keptBytes = 12 << 20

  var gridSide: Int { side / patch }

  /// The network from its image to the tokens after the last block.
  struct Trunk {
    let stages: [Network.Stage]
    let targetLayer: String
    let tokens: TokenGrid
    let attentions: [SelfAttention]

    /// The network that this is the beginning of.
    func network(_ last: [Network.Stage], classCount: Int, head: Network.Head?) -> Network {
      Network(
        stages: stages + last, targetLayer: targetLayer, classCount: classCount, head: head, tokens: tokens,
        attentions: attentions)
    }
  }

  /// - Parameter leading: the parameters of the tokens before the patches', with how many each holds, in their order.
  func trunk(_ weights: WeightReader, leading: [(name: String, count: Int)]) throws(WeightError) -> Trunk {
    let count = leading.reduce(0) { $0 + $1.count }
    let positions = learnedPositions(weights, leading: count)
    let embedding = try embedding(weights, leading: leading, positions)
    var stages = [embedding]
    var attentions: [SelfAttention] = []
    var targetLayer = ""
    let bytes = (count + positions.gridSide * positions.gridSide) * size.width * MemoryLayout<Float>.stride
    let kept = max(2, Self.keptBytes / bytes)
    for index in 0..<size.layers {
      let blockNames = names.block(index)
      let block = try TransformerBlock(
        weights, blockNames, width: size.width, hiddenWidth: size.mlpSize, heads: size.heads, activation: activation,
        epsilon: epsilon)
      stages.append(block.stage(isKept: index >= size.layers - kept))
      attentions.append(block.selfAttention)
      targetLayer = blockNames.firstNorm
    }
    return Trunk(
      stages: stages, targetLayer: targetLayer,
      tokens: TokenGrid(
        leading: count, patch: patch, learnedSide: positions.gridSide * patch, usualSide: gridSide * patch),
      attentions: attentions)
  }

  /// The position embeddings of a file: of which grid, and of how many tokens before it. Who fine-tunes at another size
  /// has them for that size, and some have none for the leading tokens.
  private func learnedPositions(_ weights: WeightReader, leading: Int) -> (leading: Int, positioned: Int, gridSide: Int)
  {
    let usual = positionedTokens ?? leading
    let rows = weights.extents(names.positions, .tokens)?.first ?? 0
    for positioned in [usual, 0] where rows > positioned {
      let side = Int(Double(rows - positioned).squareRoot())
      if side * side == rows - positioned { return (leading, positioned, side) }
    }
    return (leading, usual, gridSide)
  }

  /// From the image to the tokens that the first block reads: equation 1, and a normalisation if there is one.
  private func embedding(
    _ weights: WeightReader, leading: [(name: String, count: Int)],
    _ learned: (leading: Int, positioned: Int, gridSide: Int)
  ) throws(WeightError) -> Network.Stage {
    let patches = try ConvolutionLayer(
      weights, names.patchWeight, bias: names.patchBias, kernel: patch, inputs: 3, outputs: size.width, stride: patch,
      padding: .valid, activation: .identity)
    let leadingTokens = try leading.map { token throws(WeightError) in
      try LearnedTokens(weights, token.name, count: token.count, channels: size.width)
    }
    let positions = try PositionEmbedding(
      weights, names.positions, leading: learned.leading, positioned: learned.positioned, side: learned.gridSide,
      channels: size.width, resampling: resampling)
    let norm = try names.preNorm.map { name throws(WeightError) in
      try LayerNormalizationLayer(weights, name, channels: size.width, epsilon: epsilon)
    }
    return Network.Stage(names.embedding) { image in
      guard let tape = image.tape else { preconditionFailure("PatchTransformer: the image is not on a tape") }
      let grid = patches(image)
      let (rows, columns) = (grid.shape[1], grid.shape[2])
      var x = reshaped(grid, [grid.shape[0], rows * columns, grid.shape[3]])
      for tokens in leadingTokens.reversed() { x = prependTokens(tokens(on: tape), to: x) }
      x = addToEach(x, positions(rows: rows, columns: columns, on: tape))
      return norm.map { $0(x) } ?? x
    }
  }

  /// The normalisation after the last block, as a stage.
  func normStage(_ weights: WeightReader) throws(WeightError) -> Network.Stage {
    let norm = try LayerNormalizationLayer(weights, names.norm, channels: size.width, epsilon: epsilon)
    return Network.Stage(names.norm) { norm($0) }
  }
}

extension WeightReader {
  /// A parameter's extents; nil if the source has none of that name.
  fileprivate func extents(_ name: String, _ role: ParameterRole) -> [Int]? {
    guard has(name, role) else { return nil }
    do { return try shape(of: name, role).extents } catch { return nil }
  }
}

/// One of the leading tokens as features: [N, T, C] to [N, C].
func token(_ index: Int, of x: Variable) -> Variable {
  reshaped(sliceTokens(x, index..<index + 1), [x.shape[0], x.shape[2]])
}

/// The mean of the patches' tokens: [N, T, C] to [N, C].
func meanOfPatches(_ x: Variable, leading: Int) -> Variable {
  let patches = leading == 0 ? x : sliceTokens(x, leading..<x.shape[1])
  return globalAveragePool(reshaped(patches, [x.shape[0], 1, patches.shape[1], x.shape[2]]))
}
