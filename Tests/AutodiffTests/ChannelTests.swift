import Autodiff
import TestSupport
import Testing

@Suite("Operations on channels: concatenate, scale, affine, flatten")
struct ChannelTests {
  let engine = poisonedEngine()

  @Test("concatenate puts channels side by side; each part's cotangent is its slice")
  func concatenates() {
    let a = Tensor([1, 1, 2, 2], [1, 2, 3, 4], in: engine.pool)
    let b = Tensor([1, 1, 2, 1], [5, 6], in: engine.pool)
    let c = Tensor([1, 1, 2, 3], [7, 8, 9, 10, 11, 12], in: engine.pool)
    let seed = Tensor([1, 1, 2, 6], (1...12).map(Float.init), in: engine.pool)
    let result = evaluate([a, b, c], seed: seed, on: engine) { concatenate($0) }
    #expect(result.value == [1, 2, 5, 7, 8, 9, 3, 4, 6, 10, 11, 12])
    #expect(result.cotangents == [[1, 2, 7, 8], [3, 9], [4, 5, 6, 10, 11, 12]])
  }

  @Test("concatenating a value with itself sums its slices, and constants take their place unrecorded")
  func concatenatesReused() {
    let x = Tensor([2, 1], [1, 2], in: engine.pool)
    let fixed = Variable.constant(Tensor([2, 2], [3, 4, 5, 6], in: engine.pool))
    let seed = Tensor([2, 4], [1, 0, 0, 10, 2, 0, 0, 20], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { concatenate([$0[0], fixed, $0[0]]) }
    #expect(result == Evaluation(value: [1, 3, 4, 1, 2, 5, 6, 2], cotangents: [[11, 22]]))
  }

  @Test("scaleChannels multiplies each image's channels by its own factors")
  func scales() {
    let x = Tensor([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8], in: engine.pool)
    let s = Tensor([2, 2], [10, 100, -1, 0], in: engine.pool)
    let seed = Tensor([2, 1, 2, 2], [1, 1, 2, 1, 1, 3, 1, 1], in: engine.pool)
    let result = evaluate([x, s], seed: seed, on: engine) { scaleChannels($0[0], by: $0[1]) }
    #expect(result.value == [10, 200, 30, 400, -5, 0, -7, 0])
    #expect(result.cotangents == [[10, 100, 20, 100, -1, 0, -1, 0], [7, 6, 12, 26]])
  }

  @Test("affine scales and shifts channels, then activates; at the kink the cotangent stops")
  func affineLiterals() {
    let x = Tensor([1, 1, 3, 2], [1, 2, -1, 1, 0, 0], in: engine.pool)
    let scale = Tensor([2], [2, -1], in: engine.pool)
    let shift = Tensor([2], [0, 1], in: engine.pool)
    let seed = Tensor([1, 1, 3, 2], [1, 1, 1, 1, 1, 5], in: engine.pool)
    // z = [2, -1, -2, 0, 0, 1]
    let result = evaluate([x, scale, shift], seed: seed, on: engine) {
      affine($0[0], scale: $0[1], shift: $0[2], activation: .relu)
    }
    #expect(result.value == [2, 0, 0, 0, 0, 1])
    #expect(result.cotangents == [[2, 0, 0, 0, 0, -5], [1, 0], [1, 5]])
  }

  @Test(
    "affine's activation is the one after it",
    arguments: [Activation.identity, .relu, .relu6, .hardSigmoid, .hardSwish, .sigmoid, .silu])
  func affineActivations(_ activation: Activation) {
    var random = SplitMix64(seed: 41)
    let channels = 17
    let xs = random.units(3 * 5 * 7 * channels).map { $0 * 8 }
    let (scales, shifts) = (random.units(channels), random.units(channels))
    let z = xs.indices.map { Double(xs[$0]) * Double(scales[$0 % channels]) + Double(shifts[$0 % channels]) }
    let seed = zip(z, random.units(z.count)).map { z, s in activation.kinks.contains { abs(z - $0) < 1e-4 } ? 0 : s }
    let zBar = zip(z, seed).map { activation.slope(at: $0) * Double($1) }
    var scaleBar = [Double](repeating: 0, count: channels)
    var shiftBar = scaleBar
    for (index, value) in zBar.enumerated() {
      scaleBar[index % channels] += value * Double(xs[index])
      shiftBar[index % channels] += value
    }
    let shape: Shape = [3, 5, 7, 17]
    let inputs = [
      Tensor(shape, xs, in: engine.pool), Tensor([17], scales, in: engine.pool), Tensor([17], shifts, in: engine.pool),
    ]

    let result = evaluate(inputs, seed: Tensor(shape, seed, in: engine.pool), on: engine) {
      affine($0[0], scale: $0[1], shift: $0[2], activation: activation)
    }

    #expect(relativeError(of: result.value, from: z.map(activation.reference)) < 2e-6)
    let xBar = zBar.indices.map { zBar[$0] * Double(scales[$0 % channels]) }
    #expect(relativeError(of: result.cotangents[0], from: xBar) < 2e-6)
    #expect(relativeError(of: result.cotangents[1], from: scaleBar) < 2e-6)
    #expect(relativeError(of: result.cotangents[2], from: shiftBar) < 2e-6)
  }

  @Test("flattened keeps the order of elements, channels innermost, and shares their memory")
  func flattens() {
    let tape = Tape(engine: engine)
    let x = tape.watch(Tensor([2, 1, 2, 2], (1...8).map(Float.init), in: engine.pool))
    let live = engine.pool.counters.live
    let y = flattened(x)
    #expect(y.shape == [2, 4])
    #expect(engine.pool.counters.live == live)
    #expect(y.value.elements == [1, 2, 3, 4, 5, 6, 7, 8])
    let seed = Tensor([2, 4], (1...8).map { Float($0 * 10) }, in: engine.pool)
    let cotangent = tape.cotangents(of: y, seed: seed, at: [x])[0]
    #expect(cotangent.shape == x.shape)
    #expect(cotangent.elements == [10, 20, 30, 40, 50, 60, 70, 80])
  }

  @Test("give the same bits at any number of threads")
  func ignoreThreadCount() {
    // 40 x 61 pixels: sums in two runs, elementwise work in several tasks.
    let image: Shape = [2, 40, 61, 17]
    let cases: [([Shape], Operation)] = [
      ([image, [2, 40, 61, 3]], { concatenate($0) }),
      ([image, [2, 17]], { scaleChannels($0[0], by: $0[1]) }),
      ([image, [17], [17]], { affine($0[0], scale: $0[1], shift: $0[2], activation: .silu) }),
    ]
    for (shapes, operation) in cases {
      let results = evaluateAtEveryThreadCount(shapes: shapes, operation)
      #expect(haveSameBits(results))
    }
  }
}
