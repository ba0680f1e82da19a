import Testing

@testable import Explain

@Suite struct RankCorrelationTests {
  /// SciPy's `spearmanr` (`Tests/Golden/make_perturbation_goldens.py`).
  @Test func tiesShareTheirMeanRank() throws {
    let correlation = try #require(rankCorrelation([3, 1, 1, 4, 4, 4, -2, 0], [0.5, 0.5, 2, 2, 7, -1, -1, -1]))
    #expect(abs(correlation - 0.5223036) < 1e-7)
  }

  @Test func orderAloneCounts() {
    #expect(rankCorrelation([1, 2, 3, 4], [0, 10, 11, 1000]) == 1)
    #expect(rankCorrelation([1, 2, 3, 4], [5, 4, -3, -9]) == -1)
    // 1 - 6 * (1 + 1) / (4 * 15)
    #expect(rankCorrelation([1, 2, 3, 4], [1, 3, 2, 4]) == 0.8)
  }

  @Test func aFlatSideHasNoOrder() {
    #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
    #expect(rankCorrelation([1, 2, 3], [0, 0, 0]) == nil)
  }
}
