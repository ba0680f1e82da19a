import Autodiff
import Foundation
import TestSupport
import Testing

@Suite("Batch normalization")
struct BatchNormalizationTests {
  /// Batch, height, width, channels: ends of vectors, and sums in one run and in several.
  static let shapes: [Shape] = [
    [1, 1, 1, 1], [2, 3, 5, 17], [3, 40, 37, 31], [5, 9, 8, 130], [70, 65], [2, 24, 25, 96],
  ]

  @Test("agrees with the definition in Double: value, statistics and cotangents", arguments: shapes)
  func agreesWithDefinition(_ shape: Shape) {
    let engine = poisonedEngine()
    let channels = shape.extents.last!
    var random = SplitMix64(seed: 71)
    let xs = random.units(shape.count).map { $0 * 2 }
    let (scales, shifts) = (random.units(channels), random.units(channels))
    let seed = random.units(shape.count)
    let tape = Tape(engine: engine)
    let inputs = [
      tape.watch(Tensor(shape, xs, in: engine.pool)), tape.watch(Tensor([channels], scales, in: engine.pool)),
      tape.watch(Tensor([channels], shifts, in: engine.pool)),
    ]
    let (result, mean, variance) = batchNormalization(inputs[0], scale: inputs[1], shift: inputs[2], epsilon: 1e-2)
    let cotangents = tape.cotangents(of: result, seed: Tensor(shape, seed, in: engine.pool), at: inputs)

    let count = Double(shape.count / channels)
    var (m, v) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for i in xs.indices { m[i % channels] += Double(xs[i]) / count }
    for i in xs.indices { v[i % channels] += pow(Double(xs[i]) - m[i % channels], 2) / count }
    let inverse = v.map { 1 / ($0 + 1e-2).squareRoot() }
    let h = xs.indices.map { (Double(xs[$0]) - m[$0 % channels]) * inverse[$0 % channels] }
    var (sum, product) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for i in xs.indices {
      sum[i % channels] += Double(seed[i])
      product[i % channels] += Double(seed[i]) * h[i]
    }
    let xBar = xs.indices.map { i in
      let c = i % channels
      return Double(scales[c]) * inverse[c] * (Double(seed[i]) - sum[c] / count - h[i] * product[c] / count)
    }

    #expect(relativeError(of: mean.elements, from: m) < 1e-6)
    #expect(relativeError(of: variance.elements, from: v) < 1e-6)
    let y = xs.indices.map { h[$0] * Double(scales[$0 % channels]) + Double(shifts[$0 % channels]) }
    #expect(relativeError(of: result.value.elements, from: y) < 2e-6)
    // Of one element a channel nothing is left but rounding.
    if count > 1 {
      #expect(relativeError(of: cotangents[0].elements, from: xBar) < 2e-6)
      #expect(relativeError(of: cotangents[1].elements, from: product) < 2e-6)
    }
    #expect(relativeError(of: cotangents[2].elements, from: sum) < 2e-6)
  }

  @Test("worked out by hand: two values a channel, then a ReLU")
  func byHand() {
    let engine = poisonedEngine()
    // Channel 0: 1 and 3, mean 2, variance 1. Channel 1: 5 and 5, variance 0.
    let x = Tensor([2, 2], [1, 5, 3, 5], in: engine.pool)
    let (scale, shift) = (Tensor([2], [2, 4], in: engine.pool), Tensor([2], [1, -3], in: engine.pool))
    let seed = Tensor([2, 2], [7, 7, 1, 7], in: engine.pool)
    // epsilon 3: deviations 2 and sqrt 3; h = [-0.5, 0, 0.5, 0]; z = [0, -3, 2, -3]; a'(0) = 0.
    let result = evaluate([x, scale, shift], seed: seed, on: engine) {
      batchNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 3, activation: .relu).result
    }
    #expect(result.value == [0, 0, 2, 0])
    // z_bar = [0, 0, 1, 0]: mean 0.5, mean of z_bar h 0.25; x_bar = 2 / 2 (z_bar - 0.5 - h 0.25).
    #expect(result.cotangents == [[-0.375, 0, 0.375, 0], [0.5, 0], [1, 0]])
  }

  @Test("the variance of values far from 0 is that of their differences", arguments: [Float(100), 4096])
  func farFromZero(_ offset: Float) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 72)
    let xs = random.units(40_000).map { $0 + offset }
    let (result, _, variance) = batchNormalization(
      Tape(engine: engine).constant(Tensor([40_000, 1], xs, in: engine.pool)),
      scale: .constant(.row([1], in: engine.pool).reshaped([1])),
      shift: .constant(.zeros([1], in: engine.pool)), epsilon: 0)
    let mean = xs.reduce(0) { $0 + Double($1) } / 40_000
    let expected = xs.reduce(0) { $0 + pow(Double($1) - mean, 2) } / 40_000
    #expect(abs(Double(variance.elements[0]) / expected - 1) < 1e-6)
    #expect(result.value.elements.allSatisfy { abs($0) < 2 })
  }

  @Test(
    "the same bits at any number of threads, with every activation",
    arguments: [Activation.identity, .relu, .relu6, .hardSigmoid, .hardSwish, .silu])
  func ignoresThreadCount(_ activation: Activation) {
    let results = evaluateAtEveryThreadCount(shapes: [[3, 40, 37, 31], [31], [31]]) {
      batchNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-3, activation: activation).result
    }
    #expect(haveSameBits(results))
  }

  @Test("keeps x, not what is normalised")
  func memory() {
    let engine = poisonedEngine()
    let tape = Tape(engine: engine)
    let x = tape.watch(.zeros([2, 32, 32, 8], in: engine.pool))
    let live = engine.pool.counters.live
    let ones = Variable.constant(Tensor([8], [Float](repeating: 1, count: 8), in: engine.pool))
    let y = batchNormalization(x, scale: ones, shift: ones, epsilon: 1, activation: .relu).result
    // The result, and some vectors of 8 elements in the smallest blocks.
    #expect(engine.pool.counters.live - live - y.value.byteCount < 6 * 256)
  }
}
