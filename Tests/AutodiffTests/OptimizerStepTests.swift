import Autodiff
import Foundation
import TestSupport
import Testing

@Suite("Steps of optimizers")
struct OptimizerStepTests {
  /// Below, at and above a vector's length, and several tasks.
  static let counts = [1, 15, 16, 17, 40_003]

  @Test(
    "momentum, plain and Nesterov's, follows its definition in Double over steps", arguments: counts, [false, true])
  func momentum(_ count: Int, _ isNesterov: Bool) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 91)
    var value = random.tensor([count], in: engine.pool)
    var velocity = Tensor.zeros([count], in: engine.pool)
    var (w, v) = (value.elements.map(Double.init), [Double](repeating: 0, count: count))
    for number in 1...4 {
      let gradient = random.tensor([count], in: engine.pool)
      let step = MomentumStep(
        learningRate: 0.1 / Double(number), momentum: 0.9, weightDecay: 0.01, isNesterov: isNesterov, gradientScale: 0.5
      )
      (value, velocity) = step(value: value, gradient: gradient, velocity: velocity, on: engine)
      for (i, g) in gradient.elements.enumerated() {
        let slope = 0.5 * Double(g) + 0.01 * w[i]
        v[i] = 0.9 * v[i] + slope
        w[i] -= 0.1 / Double(number) * (isNesterov ? slope + 0.9 * v[i] : v[i])
      }
    }
    #expect(relativeError(of: value.elements, from: w) < 1e-6)
    #expect(relativeError(of: velocity.elements, from: v) < 1e-6)
  }

  @Test("AdamW follows its definition in Double over steps", arguments: counts)
  func adamW(_ count: Int) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 92)
    var value = random.tensor([count], in: engine.pool)
    var mean = Tensor.zeros([count], in: engine.pool)
    var square = mean
    var (w, m, s) = (
      value.elements.map(Double.init), [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    for number in 1...4 {
      let gradient = random.tensor([count], in: engine.pool)
      let step = AdamWStep(
        learningRate: 0.02, number: number, firstBeta: 0.9, secondBeta: 0.99, epsilon: 1e-6, weightDecay: 0.3,
        gradientScale: 2)
      (value, mean, square) = step(value: value, gradient: gradient, mean: mean, square: square, on: engine)
      for (i, g) in gradient.elements.enumerated() {
        let slope = 2 * Double(g)
        m[i] = 0.9 * m[i] + 0.1 * slope
        s[i] = 0.99 * s[i] + 0.01 * slope * slope
        w[i] -= 0.02 * 0.3 * w[i]
        let (first, second) = (m[i] / (1 - pow(0.9, Double(number))), s[i] / (1 - pow(0.99, Double(number))))
        w[i] -= 0.02 * first / (second.squareRoot() + 1e-6)
      }
    }
    #expect(relativeError(of: value.elements, from: w) < 1e-6)
    #expect(relativeError(of: mean.elements, from: m) < 1e-6)
    #expect(relativeError(of: square.elements, from: s) < 1e-6)
  }

  @Test("AdamW's first step worked out by hand: the sign of the gradient, times the rate")
  func adamWByHand() {
    let engine = poisonedEngine()
    let step = AdamWStep(learningRate: 0.5, number: 1, epsilon: 0, weightDecay: 0.25)
    let next = step(
      value: .row([8, -8, 2], in: engine.pool), gradient: .row([3, -0.01, 4], in: engine.pool),
      mean: .zeros([1, 3], in: engine.pool), square: .zeros([1, 3], in: engine.pool), on: engine)
    // 8 (1 - 0.125) - 0.5, -8 (1 - 0.125) + 0.5, 2 (1 - 0.125) - 0.5
    #expect(relativeError(of: next.value.elements, from: [6.5, -6.5, 1.25]) < 1e-6)
    #expect(relativeError(of: next.mean.elements, from: [0.3, -0.001, 0.4]) < 1e-6)
  }

  @Test("moving averages and norms", arguments: counts)
  func averages(_ count: Int) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 93)
    let (a, b) = (random.tensor([count], in: engine.pool), random.tensor([count], in: engine.pool))
    let average = movingAverage(a, with: b, decay: 0.9, on: engine).elements
    let expected = zip(a.elements, b.elements).map { 0.9 * Double($0) + 0.1 * Double($1) }
    #expect(relativeError(of: average, from: expected) < 1e-6)
    let norm = dot(a.elements, a.elements) + dot(b.elements, b.elements)
    #expect(abs(squaredNorm(of: [a, b], on: engine) / norm - 1) < 1e-12)
  }

  @Test("the same bits at any number of threads")
  func ignoresThreadCount() {
    let results = [1, 2, 5].map { threads -> [[UInt64]] in
      let engine = poisonedEngine(threads: threads)
      var random = SplitMix64(seed: 94)
      let tensors = (0..<4).map { _ in random.tensor([150_001], in: engine.pool) }
      let square = movingAverage(tensors[3], with: tensors[3], decay: 0.5, on: engine)
      let step = AdamWStep(learningRate: 0.1, number: 3, epsilon: 1)
      let squares = Tensor([150_001], square.elements.map { $0 * $0 }, in: engine.pool)
      let next = step(value: tensors[0], gradient: tensors[1], mean: tensors[2], square: squares, on: engine)
      let norm = squaredNorm(of: tensors, on: engine)
      return [next.value, next.mean, next.square].map { $0.elements.map { UInt64($0.bitPattern) } } + [
        [norm.bitPattern]
      ]
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }
}
