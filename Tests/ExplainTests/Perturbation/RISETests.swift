import Autodiff
import TestSupport
import Testing

@testable import Explain

@Suite struct RISETests {
  private func map(_ method: RISE, _ model: TinyModel) throws -> SaliencyMap {
    try method.attribute(Question(pass: model.pass(), target: Target(0)), .none).map
  }

  private func mask(_ method: RISE, _ index: Int, width: Int, height: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: width * height) { mask, count in
      method.write(mask: index, width: width, height: height, into: mask.baseAddress!)
      count = width * height
    }
  }

  @Test func aMaskIsBetweenZeroAndOneAndOnAverageItsProbability() {
    let method = RISE(cells: 3, probability: 0.3, seed: 9)
    var sum = [Double](repeating: 0, count: 8 * 13)
    for index in 0..<4000 {
      let mask = mask(method, index, width: 13, height: 8)
      #expect(mask.allSatisfy { (0...1).contains($0) })
      for (pixel, value) in mask.enumerated() { sum[pixel] += Double(value) }
    }
    // Five standard errors of a cell that is 0 or 1.
    #expect(sum.allSatisfy { abs($0 / 4000 - 0.3) < 5 * 0.458 / 63.2 })
  }

  /// 3 cells over 4 * 5 pixels a row and 4 * 3 a column, cut at an offset below 5 and 3.
  @Test func aMaskIsACutOfAStretchedGrid() {
    let method = RISE(cells: 3, seed: 4)
    for index in 0..<50 {
      let numbers = RandomNumbers(seed: 4, stream: UInt64(index))
      let grid = SaliencyMap(width: 3, height: 3, values: (0..<9).map { numbers.uniform($0 + 2) < 0.5 ? 1 : 0 })
      let picture = grid.resizedBilinear(width: 20, height: 12)
      let (left, top) = (numbers.integer(0, below: 5), numbers.integer(1, below: 3))
      let expected = (0..<8 * 13).map { picture.values[(top + $0 / 13) * 20 + left + $0 % 13] }
      let comparison = Comparison(mask(method, index, width: 13, height: 8), expected: expected)
      #expect(comparison.largestDifference < 1e-6, "mask \(index): \(comparison)")
    }
  }

  /// The definition with plain loops.
  @Test func theSumOfMasksTimesScores() throws {
    let method = RISE(masks: 37, cells: 2, probability: 0.6, seed: 1, score: .logit)
    var random = SplitMix64(seed: 2)
    let (image, weights) = (random.units(20), random.units(20))
    let result = try map(method, .linear([weights], of: image, width: 5))
    var expected = [Double](repeating: 0, count: 20)
    for index in 0..<37 {
      let mask = mask(method, index, width: 5, height: 4)
      let score = (0..<20).reduce(0.0) { $0 + Double(weights[$1]) * Double(image[$1] * mask[$1]) }
      for pixel in 0..<20 { expected[pixel] += score * Double(mask[pixel]) / (37 * 0.6) }
    }
    let comparison = Comparison(result.values, expected: expected.map { Float($0) })
    #expect(comparison.relativeL2 < 1e-5, "\(comparison)")
  }

  /// f(x) is a single pixel's value: the map's peak is there, by the masks' covariance.
  @Test func theMapPeaksWhereTheScoreComesFrom() throws {
    var weights = [Float](repeating: 0, count: 16 * 12)
    weights[9 * 16 + 4] = 1
    let image = [Float](repeating: 1, count: 16 * 12)
    let result = try map(RISE(masks: 3000, cells: 4, score: .logit), .linear([weights], of: image, width: 16))
    let peak = result.values.indices.max { result.values[$0] < result.values[$1] }!
    #expect(abs(peak / 16 - 9) <= 1 && abs(peak % 16 - 4) <= 1, "\(peak / 16), \(peak % 16)")
    // Far away masks are independent: E[M] E[M'] / E[M] = 1/2.
    #expect(abs(result.values[15] - 0.5) < 0.05)
  }

  @Test func theSeedDecides() throws {
    let model = TinyModel.convolutional()
    let first = try map(RISE(masks: 20), model)
    #expect(try map(RISE(masks: 20), model) == first)
    #expect(try map(RISE(masks: 20, seed: 1), model) != first)
  }

  @Test(arguments: 0..<5) func whatMakesNoSenseIsRefused(index: Int) {
    let method = [
      RISE(masks: 0), RISE(cells: 0), RISE(cells: 10), RISE(probability: 0), RISE(probability: 1.5),
    ][index]
    #expect(throws: AttributionError.self) { try map(method, .convolutional()) }
  }
}
