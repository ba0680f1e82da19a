import CKernels

/// The extents of an attention, and where its matrices lie in what it is given.
struct Attention: Sendable {
  let batch: Int
  let tokens: Int
  let channels: Int
  let heads: Int
  let scale: Float
  /// Rows of the batch before the masks begin again.
  let masks: Int

  /// Scores of so many queries are formed at a time: with some hundred keys they stay in the L2 cache.
  private static let queriesAtOnce = 64

  init(_ operation: String, _ qkv: Shape, heads: Int, scale: Double, bias: Shape?, mask: Shape?) {
    precondition(
      qkv.rank == 3 && qkv.count > 0 && heads > 0 && qkv[2] % (3 * heads) == 0,
      "\(operation): qkv must be [N, T, 3 C] with C a multiple of \(heads) heads, got \(qkv)")
    batch = qkv[0]
    tokens = qkv[1]
    channels = qkv[2] / 3
    self.heads = heads
    self.scale = Float(scale)
    masks = mask?[0] ?? 1
    precondition(
      bias == nil || bias == [heads, tokens, tokens],
      "\(operation): the bias must be [\(heads), \(tokens), \(tokens)], got \(bias!)")
    precondition(
      mask == nil || mask == [masks, tokens, tokens] && batch % masks == 0,
      "\(operation): the mask must be [W, \(tokens), \(tokens)] with \(batch) a multiple of W, got \(mask!)")
  }

  var outputShape: Shape { [batch, tokens, channels] }
  var depth: Int { channels / heads }
  /// Rows of softmaxes.
  var rows: Int { batch * heads * tokens }
  var queryTiles: [Range<Int>] { cutIntoRuns(tokens, tiles: (tokens + Self.queriesAtOnce - 1) / Self.queriesAtOnce) }

  /// The columns of `head` in what is [N, T, C], [T, C / heads].
  func head(of base: UnsafePointer<Float>, _ image: Int, _ head: Int) -> Matrix {
    Matrix(base + image * tokens * channels + head * depth, rows: tokens, columns: depth, stride: channels)
  }

  func queries(of qkv: UnsafePointer<Float>, _ image: Int, _ head: Int) -> Matrix { part(0, of: qkv, image, head) }
  func keys(of qkv: UnsafePointer<Float>, _ image: Int, _ head: Int) -> Matrix { part(1, of: qkv, image, head) }
  func values(of qkv: UnsafePointer<Float>, _ image: Int, _ head: Int) -> Matrix { part(2, of: qkv, image, head) }

  /// Where the queries (0), keys (1) or values (2) of a head begin in what is [N, T, 3 C].
  func offset(of part: Int, _ image: Int, _ head: Int) -> Int {
    image * tokens * 3 * channels + part * channels + head * depth
  }

  private func part(_ part: Int, of qkv: UnsafePointer<Float>, _ image: Int, _ head: Int) -> Matrix {
    Matrix(qkv + offset(of: part, image, head), rows: tokens, columns: depth, stride: 3 * channels)
  }

  /// What the scores follow from.
  struct Operands {
    let qkv: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?
    let mask: UnsafePointer<Float>?
  }

  func withOperands<Result>(_ qkv: Tensor, _ bias: Tensor?, _ mask: Tensor?, _ body: (Operands) -> Result) -> Result {
    qkv.withElements { qkv in
      withElements(bias) { bias in
        withElements(mask) { mask in
          body(Operands(qkv: qkv.baseAddress!, bias: bias?.baseAddress, mask: mask?.baseAddress))
        }
      }
    }
  }

  /// s q k^T for a tile of queries, and what is to be added to it.
  fileprivate func scores(
    _ operands: Operands, _ image: Int, _ head: Int, _ tile: Range<Int>, into scores: UnsafeMutablePointer<Float>
  ) -> gaze_scores {
    matrixProduct(
      queries(of: operands.qkv, image, head).rows(tile), keys(of: operands.qkv, image, head).transposed, scale: scale,
      into: scores, stride: tokens)
    return gaze_scores(
      rows: tile.count, columns: tokens,
      bias: operands.bias.map { $0 + (head * tokens + tile.lowerBound) * tokens },
      mask: operands.mask.map { $0 + (image % masks * tokens + tile.lowerBound) * tokens })
  }
}

extension Matrix {
  /// Some of its rows; not of a transpose.
  fileprivate func rows(_ range: Range<Int>) -> Matrix {
    Matrix(base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }
}

/// Of each row of softmaxes, [N, heads, T], the largest argument and the sum of the powers.
struct SoftmaxRows: Sendable {
  let maxima: Storage<Float>
  let sums: Storage<Float>

  init(count: Int, in pool: BufferPool) {
    maxima = Storage(count: count, in: pool)
    sums = Storage(count: count, in: pool)
  }
}

/// o = softmax(s q k^T + bias + mask) v. A task is a tile of a head's queries.
func attentionKernel(
  _ operands: Attention.Operands, _ g: Attention, on engine: Engine, into o: UnsafeMutablePointer<Float>,
  keeping kept: SoftmaxRows?
) {
  let tiles = g.queryTiles
  engine.forEach(g.batch * g.heads * tiles.count) { task in
    let (row, tile) = (task / tiles.count, tiles[task % tiles.count])
    let (image, head) = (row / g.heads, row % g.heads)
    withScratch((g.tokens + 2) * tile.count, from: engine.pool) { scratch in
      let place = row * g.tokens + tile.lowerBound
      let maxima = kept.map { $0.maxima.base + place } ?? scratch + g.tokens * tile.count
      let sums = kept.map { $0.sums.base + place } ?? scratch + (g.tokens + 1) * tile.count
      var scores = g.scores(operands, image, head, tile, into: scratch)
      Kernels.rowwise.pointee.exponentiate(&scores, scratch, maxima, sums)
      let result = o + (image * g.tokens + tile.lowerBound) * g.channels + head * g.depth
      matrixProduct(
        Matrix(scratch, rows: tile.count, columns: g.tokens), g.values(of: operands.qkv, image, head), into: result,
        stride: g.channels)
      Kernels.rowwise.pointee.divide_rows(result, g.channels, sums, tile.count, g.depth)
    }
  }
}

/// p, [N, heads, T, T].
func attentionWeightsKernel(
  _ operands: Attention.Operands, _ g: Attention, on engine: Engine, into weights: UnsafeMutablePointer<Float>
) {
  engine.forEach(g.batch * g.heads) { row in
    withScratch(2 * g.tokens, from: engine.pool) { scratch in
      let result = weights + row * g.tokens * g.tokens
      var scores = g.scores(operands, row / g.heads, row % g.heads, 0..<g.tokens, into: result)
      Kernels.rowwise.pointee.exponentiate(&scores, result, scratch, scratch + g.tokens)
      Kernels.rowwise.pointee.divide_rows(result, g.tokens, scratch + g.tokens, g.tokens, g.tokens)
    }
  }
}

/// The cotangents of qkv and of the bias, where they are asked for. A task is a head; where the bias's cotangent is
/// asked for, of all images, since it sums over them.
func attentionVJPKernel(
  _ operands: Attention.Operands, result: UnsafePointer<Float>, cotangent: UnsafePointer<Float>, _ kept: SoftmaxRows,
  _ g: Attention, on engine: Engine, qkvBar: UnsafeMutablePointer<Float>?, biasBar: UnsafeMutablePointer<Float>?
) {
  let pass = AttentionReversePass(
    operands: operands, result: result, cotangent: cotangent, kept: kept, geometry: g, pool: engine.pool)
  guard let biasBar else {
    engine.forEach(g.batch * g.heads) {
      pass.run(image: $0 / g.heads, head: $0 % g.heads, qkvBar: qkvBar, biasBar: nil)
    }
    return
  }
  let square = g.tokens * g.tokens
  fill(biasBar, count: g.heads * square, on: engine)
  engine.forEach(g.heads) { head in
    for image in 0..<g.batch { pass.run(image: image, head: head, qkvBar: qkvBar, biasBar: biasBar + head * square) }
  }
}

/// One head of one image on the way back.
private struct AttentionReversePass {
  let operands: Attention.Operands
  let result: UnsafePointer<Float>
  let cotangent: UnsafePointer<Float>
  let kept: SoftmaxRows
  let geometry: Attention
  let pool: BufferPool

  /// - Parameter biasBar: the head's; what this image adds is added to it.
  func run(
    image: Int, head: Int, qkvBar: UnsafeMutablePointer<Float>?, biasBar: UnsafeMutablePointer<Float>?
  ) {
    let g = geometry
    let kernels = Kernels.rowwise.pointee
    let (queries, keys) = (g.queries(of: operands.qkv, image, head), g.keys(of: operands.qkv, image, head))
    let values = g.values(of: operands.qkv, image, head)
    let (o, oBar) = (g.head(of: result, image, head), g.head(of: cotangent, image, head))
    for tile in g.queryTiles {
      let square = tile.count * g.tokens
      withScratch(2 * square + tile.count, from: pool) { p in
        let (zBar, products) = (p + square, p + 2 * square)
        let place = (image * g.heads + head) * g.tokens + tile.lowerBound
        var scores = g.scores(operands, image, head, tile, into: p)
        kernels.softmax_again(&scores, p, kept.maxima.base + place, kept.sums.base + place)
        kernels.row_dot(o.rows(tile).base, oBar.rows(tile).base, g.channels, tile.count, g.depth, products)
        matrixProduct(oBar.rows(tile), values.transposed, into: zBar, stride: g.tokens)
        kernels.softmax_vjp(tile.count, g.tokens, p, products, zBar)
        if let biasBar {
          let target = biasBar + tile.lowerBound * g.tokens
          Kernels.channelwise.pointee.add(target, zBar, square, target)
        }
        guard let qkvBar else { return }
        let isFirst = tile.lowerBound == 0
        let (weights, slopes) = (
          Matrix(p, rows: tile.count, columns: g.tokens), Matrix(zBar, rows: tile.count, columns: g.tokens)
        )
        func target(_ part: Int) -> UnsafeMutablePointer<Float> { qkvBar + g.offset(of: part, image, head) }
        matrixProduct(
          slopes, keys, scale: g.scale, into: target(0) + tile.lowerBound * 3 * g.channels, stride: 3 * g.channels)
        matrixProduct(
          slopes.transposed, queries.rows(tile), scale: g.scale, into: target(1), stride: 3 * g.channels,
          accumulate: !isFirst)
        matrixProduct(
          weights.transposed, oBar.rows(tile), into: target(2), stride: 3 * g.channels, accumulate: !isFirst)
      }
    }
  }
}
