import Autodiff
import TestSupport
import Testing

@testable import Explain

@Suite struct OcclusionTests {
  private func map(_ method: Occlusion, _ model: TinyModel, _ target: Target = Target(0)) throws -> MethodResult {
    try method.attribute(Question(pass: model.pass(), target: target), .none)
  }

  /// f = sum of v x on 5 x 3 pixels, windows of 2 x 2 every 2: a window's fall is the sum of v x in it, and no two
  /// overlap. The last column of windows is one pixel wide, the last row one pixel high.
  @Test func aLinearScoreWorkedOutByHand() throws {
    let model = TinyModel.linear(
      [[1, 1, 2, 2, 3, 1, -1, 0, 1, 1, 0, 1, 0, 0, -2]], of: (1...15).map(Float.init), width: 5)
    let result = try map(Occlusion(window: 2, stride: 2), model)
    #expect(note("windows", of: result) == .integer(6))
    let (a, b, c): (Float, Float, Float) = (1 + 2 + 6 - 7, 6 + 8 + 9, 15 + 10)
    #expect(result.map.values == [a, a, b, b, c, a, a, b, b, c, 12, 12, 0, 0, -30])
  }

  /// Windows of 2 every 1: a pixel has the mean of those that cover it.
  @Test func overlappingWindowsAreAveraged() throws {
    let model = TinyModel.linear(
      [[Float](repeating: 1, count: 8)], of: [1, 2, 4, 8, 0, 0, 0, 0], width: 4)
    let result = try map(Occlusion(window: 2, stride: 1), model)
    #expect(result.map.values == [3, 4.5, 9, 12, 3, 4.5, 9, 12])
  }

  /// Captum 0.9.0 (`Tests/Golden/make_perturbation_goldens.py`): windows of 4 every 3, baseline 0.25.
  @Test func captums() throws {
    let result = try map(Occlusion(window: 4, stride: 3, baseline: 0.25), .convolutional(), Target(1))
    #expect(result.map.width == 11 && result.map.height == 9)
    let comparison = Comparison(result.map.values, expected: Self.reference)
    #expect(comparison.relativeL2 < 1e-5, "\(comparison)")
  }

  @Test func windowsThatChangeNothingAreNotRun() throws {
    var image = [Float](repeating: 0.5, count: 36)
    image[0] = 2
    let model = TinyModel.linear([[Float](repeating: 1, count: 36)], of: image, width: 6)
    let result = try map(Occlusion(window: 2, stride: 2, baseline: 0.5), model)
    #expect(note("windows", of: result) == .integer(9))
    #expect(note("evaluations", of: result) == .integer(1))
    #expect(result.map.values[0] == 1.5 && result.map.values[7] == 1.5 && result.map.values[2] == 0)
  }

  @Test func aProbabilityIsWatchedIfAskedFor() throws {
    let model = TinyModel.linear([[1, 0, 0, 0], [0, 0, 0, 0]], of: [3, 1, 1, 1], width: 2)
    let result = try map(Occlusion(window: 1, stride: 1, score: .probability), model)
    #expect(abs(result.map.values[0] - (0.952574 - 0.5)) < 1e-5)
    #expect(result.map.values[1] == 0)
  }

  @Test(arguments: [(0, 1), (4, 5), (10, 1), (4, 0)]) func whatMakesNoSenseIsRefused(window: Int, stride: Int) throws {
    #expect(throws: AttributionError.self) {
      try map(Occlusion(window: window, stride: stride), .convolutional())
    }
  }

  private static let reference: [Float] = [
    -0.03564502, -0.03564502, -0.03564502, -0.04596187, -0.05627872, -0.05627872, -0.03558204, -0.01488536,
    -0.01488536, -0.00260116, 0.009683036, -0.03564502, -0.03564502, -0.03564502, -0.04596187, -0.05627872,
    -0.05627872, -0.03558204, -0.01488536, -0.01488536, -0.00260116, 0.009683036, -0.03564502, -0.03564502,
    -0.03564502, -0.04596187, -0.05627872, -0.05627872, -0.03558204, -0.01488536, -0.01488536, -0.00260116,
    0.009683036, -0.03961523, -0.03961523, -0.03961523, -0.04240653, -0.04519781, -0.04519781, -0.0377571,
    -0.03031639, -0.03031639, -0.01969557, -0.00907474, -0.04358545, -0.04358545, -0.04358545, -0.03885118,
    -0.03411691, -0.03411691, -0.03993217, -0.04574743, -0.04574743, -0.03678997, -0.02783252, -0.04358545,
    -0.04358545, -0.04358545, -0.03885118, -0.03411691, -0.03411691, -0.03993217, -0.04574743, -0.04574743,
    -0.03678997, -0.02783252, -0.04225427, -0.04225427, -0.04225427, -0.0355745, -0.02889473, -0.02889473,
    -0.03298333, -0.03707194, -0.03707194, -0.03512434, -0.03317674, -0.04092309, -0.04092309, -0.04092309,
    -0.03229782, -0.02367255, -0.02367255, -0.0260345, -0.02839645, -0.02839645, -0.0334587, -0.03852096,
    -0.04092309, -0.04092309, -0.04092309, -0.03229782, -0.02367255, -0.02367255, -0.0260345, -0.02839645,
    -0.02839645, -0.0334587, -0.03852096,
  ]
}
