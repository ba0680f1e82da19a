import Autodiff
import TestSupport
import Testing

@Suite("Global average pool")
struct GlobalAveragePoolTests {
  @Test("means over the pixels of each image and channel; the cotangent is spread evenly")
  func literals() {
    let engine = poisonedEngine()
    let x = Tensor([2, 1, 2, 3], [1, 2, 3, 5, 6, 9, -1, 0, 8, 1, 4, 0], in: engine.pool)
    let seed = Tensor([2, 3], [2, 4, 6, 8, 10, 12], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { globalAveragePool($0[0]) }
    #expect(result.value == [3, 4, 6, 0, 2, 4])
    #expect(result.cotangents == [[1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]])
  }

  @Test("agrees with sums in Double", arguments: [(1, 7, 5, 17), (3, 1, 1, 8), (2, 40, 33, 3)])
  func agreesWithDefinition(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 10)
    let x = random.tensor([batch, height, width, channels], in: engine.pool)
    let result = evaluate([x], on: engine) { globalAveragePool($0[0]) }
    var mean = [Double](repeating: 0, count: batch * channels)
    for (index, value) in x.elements.enumerated() {
      let image = index / (height * width * channels)
      mean[image * channels + index % channels] += Double(value) / Double(height * width)
    }
    #expect(relativeError(of: result.value, from: mean) < 2e-6)
  }

  @Test("gives the same bits at any number of threads, and for an image alone or in a batch")
  func ignoresThreadCount() {
    let results = evaluateAtEveryThreadCount(shapes: [[2, 40, 33, 3]]) { globalAveragePool($0[0]) }
    #expect(haveSameBits(results))

    let engine = poisonedEngine()
    var random = SplitMix64(seed: 11)
    let pair = random.units(2 * 40 * 33 * 3)
    let both = evaluate([Tensor([2, 40, 33, 3], pair, in: engine.pool)], on: engine) { globalAveragePool($0[0]) }
    let second = Array(pair[(40 * 33 * 3)...])
    let alone = evaluate([Tensor([1, 40, 33, 3], second, in: engine.pool)], on: engine) { globalAveragePool($0[0]) }
    #expect(alone.value == Array(both.value[3...]))
  }
}
