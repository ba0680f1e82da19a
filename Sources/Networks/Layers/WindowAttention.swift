import Autodiff

/// Attention within the windows of an image, before its projection; Liu et al., "Swin Transformer", arXiv 2103.14030,
/// section 3.2.
struct WindowAttention: Sendable {
  /// How alike two pixels are.
  enum Similarity: Sendable {
    /// q . k / sqrt(channels of a head).
    case product
    /// The cosine of q and k times exp(min(l, ln 100)) with a parameter l, [heads], of this name; arXiv 2111.09883,
    /// section 3.2. Keys then have no bias.
    case cosine(logarithmOfScale: String)
  }

  private let heads: Int
  private let side: Int
  private let shift: Int
  private let qkv: TokenLayer
  private let positionBias: PositionBias
  private let logarithmOfScale: LayerWeight?
  private let mask: WindowMask?

  /// - Parameters:
  ///   - name: module of the layer that gives queries, keys and values: `weight` [3 C, C] and `bias` [3 C].
  ///   - side: height and width of a window.
  ///   - mask: of windows that are shifted; nil where they are not.
  init(
    _ weights: WeightReader, _ name: String, channels: Int, heads: Int, side: Int, similarity: Similarity,
    positionBias: PositionBias, mask: WindowMask?
  ) throws(WeightError) {
    self.heads = heads
    self.side = side
    self.positionBias = positionBias
    self.mask = mask
    shift = mask == nil ? 0 : side / 2
    var unbiased = 0..<0
    switch similarity {
    case .product: logarithmOfScale = nil
    case .cosine(let name):
      logarithmOfScale = try LayerWeight(weights, name, .vector, [heads])
      unbiased = channels..<2 * channels
    }
    qkv = try TokenLayer(
      weights, [.init(name, outputs: 3 * channels)], inputs: channels, unbiased: unbiased)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    guard let tape = x.tape else { preconditionFailure("WindowAttention: x is not on a tape") }
    let grid = WindowGrid(height: x.shape[1], width: x.shape[2], side: side, shift: shift)
    let windows = qkv(splitWindows(x, grid))
    let (count, channels) = (windows.shape[0], x.shape[3])
    var rows = reshaped(windows, [count, grid.area, 3 * channels])
    if let logarithmOfScale { rows = cosineQueries(rows, logarithmOfScale: logarithmOfScale.variable(on: tape)) }
    let mixed = attention(
      rows, heads: heads, scale: logarithmOfScale == nil ? 1 / Double(channels / heads).squareRoot() : 1,
      bias: positionBias(on: tape), mask: mask?.tensor(for: grid, in: tape.engine.pool))
    return joinWindows(reshaped(mixed, [count, side, side, channels]), grid)
  }
}

/// The mask of the shifted windows of one group of blocks: worked out once for the published input's size, and for
/// others when they come.
struct WindowMask: Sendable {
  private let grid: WindowGrid
  private let published: Tensor?

  /// - Parameter extent: height and width of what the blocks see of an image of the published size.
  init(_ weights: WeightReader, extent: Int, side: Int) {
    grid = WindowGrid(height: extent, width: extent, side: side, shift: side / 2)
    published =
      weights.describes ? nil : grid.mask(in: BufferPool(idleLimit: 0)).map { weights.tensor($0.shape, $0.elements) }
  }

  func tensor(for grid: WindowGrid, in pool: BufferPool) -> Tensor? {
    grid == self.grid ? published : grid.mask(in: pool)
  }
}
