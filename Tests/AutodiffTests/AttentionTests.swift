import Autodiff
import TestSupport
import Testing

/// What the gradient checks do not say of attention and layer normalisation.
@Suite("Attention")
struct AttentionTests {
  @Test("two tokens worked out by hand: equal keys give the mean of the values, a mask hides a token")
  func literals() {
    let pool = BufferPool()
    let tape = Tape(engine: poisonedEngine())
    // One head of one channel: q, k, v of each token.
    let qkv = tape.constant(Tensor([1, 2, 3], [1, 0, 4, 2, 0, 8], in: pool))
    #expect(attention(qkv, heads: 1, scale: 1).value.elements == [6, 6])
    let mask = Tensor([1, 2, 2], [0, -1000, 0, 0], in: pool)
    #expect(attention(qkv, heads: 1, scale: 1, mask: mask).value.elements == [4, 6])
    let bias = Variable.constant(Tensor([1, 2, 2], [0, 1000, 0, 0], in: pool))
    #expect(attention(qkv, heads: 1, scale: 1, bias: bias).value.elements == [8, 6])
  }

  @Test("the weights are the softmax, and sum to one for each query", arguments: [false, true])
  func weights(_ isBiased: Bool) {
    let g = AttentionCase(
      batch: isBiased ? 2 : 1, tokens: 71, heads: 2, depth: 5, hasBias: isBiased, masks: isBiased ? 2 : 0)
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 31)
    let qkv = random.tensor([g.batch, 71, 30], in: engine.pool)
    let bias = isBiased ? random.tensor([2, 71, 71], in: engine.pool) : nil
    let weights = attentionWeights(
      qkv, heads: 2, scale: AttentionCase.scale, bias: bias, mask: g.mask, on: engine)
    #expect(weights.shape == [g.batch, 2, 71, 71])
    let exact = qkv.elements.map(Double.init)
    let exactBias = bias.map { $0.elements.map(Double.init) }
    let expected = (0..<g.batch * 2 * 71).flatMap {
      g.weights(exact, bias: exactBias, $0 / (2 * 71), $0 / 71 % 2, $0 % 71)
    }
    #expect(relativeError(of: weights.elements, from: expected) < 2e-6)
  }

  @Test("the weights' cotangent, pulled back by the softmax, is what the operation gives the queries")
  func weightsCotangent() {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 32)
    let (tokens, scale) = (9, 0.5)
    let qkv = random.tensor([1, tokens, 12], in: engine.pool)
    let seed = random.tensor([1, tokens, 4], in: engine.pool)
    let qkvBar = evaluate([qkv], seed: seed, on: engine) { attention($0[0], heads: 1, scale: scale) }.cotangents[0]
    let p = attentionWeights(qkv, heads: 1, scale: scale, on: engine).elements
    let pBar = attentionWeightsCotangent(seed, qkv: qkv, heads: 1, on: engine).elements
    let values = qkv.elements
    var expected: [Double] = []
    for query in 0..<tokens {
      let row = query * tokens..<(query + 1) * tokens
      let product = row.reduce(0.0) { $0 + Double(p[$1]) * Double(pBar[$1]) }
      for c in 0..<4 {
        expected.append(
          row.reduce(0.0) { sum, place in
            let key = Double(values[(place - row.lowerBound) * 12 + 4 + c])
            return sum + scale * Double(p[place]) * (Double(pBar[place]) - product) * key
          })
      }
    }
    let queries = (0..<tokens).flatMap { qkvBar[$0 * 12..<$0 * 12 + 4] }
    #expect(relativeError(of: queries, from: expected) < 1e-5)
  }

  @Test("an image gives the same bits alone and in a batch")
  func batchInvariant() {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 33)
    let values = random.units(3 * 70 * 48)
    func run(_ images: Range<Int>) -> [Float] {
      let count = 70 * 48
      let part = Array(values[images.lowerBound * count..<images.upperBound * count])
      let qkv = Tape(engine: engine).constant(Tensor([images.count, 70, 48], part, in: engine.pool))
      return attention(qkv, heads: 2, scale: 0.3).value.elements
    }
    #expect(run(0..<3) == run(0..<1) + run(1..<2) + run(2..<3))
  }

  @Test("scores of any size give no infinity, and NaN is passed on")
  func range() {
    let tape = Tape(engine: poisonedEngine())
    func run(_ q: Float) -> [Float] {
      let qkv = tape.constant(Tensor([1, 2, 3], [q, 1e4, 4, q, -1e4, 8], in: BufferPool()))
      return attention(qkv, heads: 1, scale: 1).value.elements
    }
    #expect(run(1e4) == [4, 4])
    #expect(run(-1e4) == [8, 8])
    #expect(run(.nan).allSatisfy { $0.isNaN })
  }

  @Test("constants record nothing")
  func constants() {
    let engine = poisonedEngine()
    let tape = Tape(engine: engine)
    let x = tape.constant(.zeros([1, 2, 6], in: engine.pool))
    let ones = Variable.constant(Tensor([6], [Float](repeating: 1, count: 6), in: engine.pool))
    #expect(!attention(x, heads: 2, scale: 1).isTracked)
    #expect(!layerNormalization(x, scale: ones, shift: ones, epsilon: 1e-6).isTracked)
    #expect(!sliceTokens(x, 0..<1).isTracked && !addToEach(x, .constant(.zeros([2, 6], in: engine.pool))).isTracked)
  }
}

@Suite("Layer normalisation")
struct LayerNormalizationTests {
  @Test("a row worked out by hand, far from 0 too", arguments: [Float(0), 4096])
  func literals(_ offset: Float) {
    let engine = poisonedEngine()
    let x = Tape(engine: engine).constant(Tensor([1, 4], [1, 2, 3, 4].map { $0 + offset }, in: engine.pool))
    let scale = Variable.constant(Tensor([4], [1, 1, 1, 2], in: engine.pool))
    let shift = Variable.constant(Tensor([4], [0, 0, 0, 1], in: engine.pool))
    let y = layerNormalization(x, scale: scale, shift: shift, epsilon: 0).value.elements
    let unit = 1.25.squareRoot()
    #expect(relativeError(of: y, from: [-1.5 / unit, -0.5 / unit, 0.5 / unit, 1 + 3 / unit]) < 1e-6)
  }
}
