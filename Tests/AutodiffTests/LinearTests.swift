import Autodiff
import TestSupport
import Testing

@Suite("Linear")
struct LinearTests {
  /// Rows, inputs, outputs: below, at and above the widths at which the work is cut.
  static let cases = [(1, 3, 8), (2, 17, 7), (1, 130, 63), (3, 64, 129), (1, 200, 200)]

  @Test("agrees with three loops in Double: value and the cotangents of x, weight and bias", arguments: cases)
  func agreesWithDefinition(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 8)
    let x = random.tensor([rows, inputs], in: engine.pool)
    let weight = random.tensor([outputs, inputs], in: engine.pool)
    let bias = random.tensor([outputs], in: engine.pool)
    let seed = random.tensor([rows, outputs], in: engine.pool)

    let result = evaluate([x, weight, bias], seed: seed, on: engine) { linear($0[0], weight: $0[1], bias: $0[2]) }

    let (xs, ws, bs, ss) = (x.elements, weight.elements, bias.elements, seed.elements)
    var y = [Double](repeating: 0, count: rows * outputs)
    var xBar = [Double](repeating: 0, count: xs.count)
    var wBar = [Double](repeating: 0, count: ws.count)
    var bBar = [Double](repeating: 0, count: outputs)
    for n in 0..<rows {
      for o in 0..<outputs {
        let s = Double(ss[n * outputs + o])
        y[n * outputs + o] = Double(bs[o])
        bBar[o] += s
        for i in 0..<inputs {
          y[n * outputs + o] += Double(xs[n * inputs + i]) * Double(ws[o * inputs + i])
          xBar[n * inputs + i] += s * Double(ws[o * inputs + i])
          wBar[o * inputs + i] += s * Double(xs[n * inputs + i])
        }
      }
    }
    #expect(relativeError(of: result.value, from: y) < 2e-6)
    #expect(relativeError(of: result.cotangents[0], from: xBar) < 2e-6)
    #expect(relativeError(of: result.cotangents[1], from: wBar) < 2e-6)
    #expect(relativeError(of: result.cotangents[2], from: bBar) < 2e-6)
  }

  @Test("a single logit's cotangent is that row of the weight, whatever the number of rows", arguments: [1, 3])
  func oneHotSeed(_ rows: Int) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 9)
    let x = random.tensor([rows, 19], in: engine.pool)
    let weight = random.tensor([40, 19], in: engine.pool)
    var seed = [Float](repeating: 0, count: rows * 40)
    seed[(rows - 1) * 40 + 23] = -2

    let result = evaluate([x], seed: Tensor([rows, 40], seed, in: engine.pool), on: engine) {
      linear($0[0], weight: .constant(weight))
    }

    let row = weight.elements[23 * 19..<24 * 19].map { -2 * $0 }
    #expect(result.cotangents[0] == [Float](repeating: 0, count: (rows - 1) * 19) + row)
  }

  @Test("gives the same bits at any number of threads", arguments: cases)
  func ignoresThreadCount(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    let results = evaluateAtEveryThreadCount(shapes: [[rows, inputs], [outputs, inputs], [outputs]]) {
      linear($0[0], weight: $0[1], bias: $0[2])
    }
    #expect(haveSameBits(results))
  }
}
