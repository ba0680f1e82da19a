import Autodiff
import Images
import TestSupport
import Testing

@testable import Explain

@Suite struct PixelCurveTests {
  /// Equal values in reading order.
  @Test func theRankingIsStable() {
    let ranking = PixelRanking(SaliencyMap(width: 3, height: 2, values: [1, 4, 1, -2, 4, 1]))
    #expect(ranking.ranks == [2, 0, 3, 5, 1, 4])
    #expect(ranking.most(2) == [false, true, false, false, true, false])
    #expect(ranking.least(2) == [false, false, false, true, false, true])
  }

  /// f = 8 a + 4 b + 2 c + d of an image of ones, deleted in that order: 15, 7, 3, 1, 0, by trapezoids (15/2 + 7 + 3 +
  /// 1 + 0) / 4; inserted 0, 8, 12, 14, 15.
  @Test func aLinearScoreWorkedOutByHand() throws {
    let model = TinyModel.linear([[4, 8, 1, 2]], of: [1, 1, 1, 1], width: 2)
    let pass = try model.pass()
    let ranking = PixelRanking(SaliencyMap(width: 2, height: 2, values: [0.4, 0.8, -0.1, 0.2]))
    let zeros = Tensor.zeros([1, 2, 2, 1], in: pass.engine.pool)
    func curve(_ start: Tensor, _ end: Tensor, steps: Int) throws -> PixelCurve {
      try pass.curve(
        from: start, to: end, in: ranking, steps: steps, target: Target(0), score: .logit, progress: .none)
    }
    let deletion = try curve(pass.input, zeros, steps: 4)
    #expect(deletion.scores == [15, 7, 3, 1, 0])
    #expect(deletion.fractions == [0, 0.25, 0.5, 0.75, 1])
    #expect(deletion.areaUnderCurve == 18.5 / 4)
    let insertion = try curve(zeros, pass.input, steps: 4)
    #expect(insertion.scores == [0, 8, 12, 14, 15])
    #expect(insertion.areaUnderCurve == 41.5 / 4)
    // Three steps of two pixels: the second is the last.
    #expect(try curve(pass.input, zeros, steps: 3).scores == [15, 3, 0])
    #expect(try curve(pass.input, zeros, steps: 1).fractions == [0, 1])
    #expect(try curve(pass.input, zeros, steps: 100).scores.count == 5)
  }

  @Test func allChannelsOfAPixelChangeTogether() throws {
    let pass = try TinyModel.convolutional().pass()
    let ranking = PixelRanking(ControlMap.random.map(width: 11, height: 9, seed: 3))
    let zeros = Tensor.zeros(pass.input.shape, in: pass.engine.pool)
    let curve = try pass.curve(
      from: pass.input, to: zeros, in: ranking, steps: 9, target: Target(1), score: .logit, progress: .none)
    let image = pass.input.elements
    for (step, score) in curve.scores.enumerated() {
      let copy = image.enumerated().map { ranking.ranks[$0.offset / 3] < Int32(step * 11) ? 0 : $0.element }
      let expected = try pass.logits(of: Tensor(pass.input.shape, copy, in: pass.engine.pool))[0][1]
      #expect(score == Double(expected))
    }
    #expect(curve.scores[0] == Double(pass.logits[1]))
  }

  /// A random order of a positive linear score falls as a straight line: an area of a half of the whole.
  @Test func theRandomControlLiesAtAHalf() throws {
    let weights = [Float](repeating: 1, count: 64 * 64)
    let pass = try TinyModel.linear([weights], of: weights, width: 64).pass()
    var halves = SplitMix64(seed: 1)
    let uneven = try TinyModel.linear([halves.units(4096).map { abs($0) }], of: weights, width: 64).pass()
    for pass in [pass, uneven] {
      let ranking = PixelRanking(ControlMap.random.map(width: 64, height: 64, seed: 0))
      let curve = try pass.curve(
        from: pass.input, to: .zeros(pass.input.shape, in: pass.engine.pool), in: ranking, steps: 64,
        target: Target(0), score: .logit, progress: .none)
      #expect(abs(curve.areaUnderCurve / Double(pass.logits[0]) - 0.5) < 0.02)
    }
  }

  /// SciPy's `gaussian_filter` of a single one (`Tests/Golden/make_perturbation_goldens.py`).
  @Test func risesBlurHasItsWeights() {
    let expected: [Float] = [
      0.08795815, 0.08889612, 0.0904742, 0.09219112, 0.09348939, 0.09398206, 0.09348939, 0.09219112, 0.0904742,
      0.08889612, 0.08795815,
    ]
    let comparison = Comparison(SeparableFilter.rise.weights.map { Float($0) }, expected: expected)
    #expect(comparison.largestDifference < 1e-7, "\(comparison)")
  }

  @Test func aBlurIsASumOverNeighboursWithZerosAround() {
    let pool = BufferPool(poison: true)
    var random = SplitMix64(seed: 6)
    let (height, width) = (7, 9)
    let image = random.units(height * width * 2)
    let blur = SeparableFilter.foldedGaussian(length: 5, deviation: 1)
    let blurred = blur(Tensor([1, height, width, 2], image, in: pool), in: pool).elements
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<2 {
          var sum = 0.0
          for dy in -2...2 {
            for dx in -2...2 where (0..<height).contains(y + dy) && (0..<width).contains(x + dx) {
              let pixel = image[((y + dy) * width + x + dx) * 2 + channel]
              sum += blur.weights[dy + 2] * blur.weights[dx + 2] * Double(pixel)
            }
          }
          #expect(abs(Double(blurred[(y * width + x) * 2 + channel]) - sum) < 1e-6)
        }
      }
    }
  }
}
