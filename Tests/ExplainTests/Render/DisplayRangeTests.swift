import Explain
import Testing

@Suite struct DisplayRangeTests {
  let map = SaliencyMap(width: 2, height: 2, values: [-4, 0, 1, 2])

  @Test func thePositivePartIsReLU() {
    #expect(map.positivePart().values == [0, 0, 1, 2])
    #expect(SaliencyMap(width: 1, height: 1, values: [.nan]).positivePart().values[0].isNaN)
  }

  @Test func theEvidenceAgainstIsThePositivePartOfTheTurnedMap() {
    #expect(map.showing(.negative).values == [4, 0, 0, 0])
    #expect(map.showing(.positive).values == [0, 0, 1, 2])
    #expect(map.showing(.signed) == map)
  }

  @Test func theOwnMaximumIsTheLargestMagnitudeOfWhatIsShown() {
    #expect(DisplayRange.ownMaximum.limit(of: map.showing(.positive)) == 2)
    #expect(DisplayRange.ownMaximum.limit(of: map.showing(.signed)) == 4)
    #expect(DisplayRange.ownMaximum.limit(of: map.showing(.negative)) == 4)
    #expect(DisplayRange.ownMaximum.limit(of: SaliencyMap(width: 2, height: 1, values: [.nan, 3])) == 3)
  }

  @Test func aFixedRangeDoesNotDependOnTheMap() {
    #expect(DisplayRange.fixed(7.5).limit(of: map) == 7.5)
  }

  @Test func aSharedRangeIsThatOfTheStrongestMap() {
    let other = SaliencyMap(width: 1, height: 1, values: [3])
    #expect(DisplayRange.shared(by: [map, other], evidence: .positive) == .fixed(3))
    #expect(DisplayRange.shared(by: [map, other], evidence: .signed) == .fixed(4))
    #expect(DisplayRange.shared(by: [map, other], evidence: .negative) == .fixed(4))
    #expect(DisplayRange.shared(by: [other], evidence: .negative) == .fixed(0))
    #expect(DisplayRange.shared(by: [], evidence: .positive) == .fixed(0))
  }

  /// `numpy.percentile` of the magnitudes of the map of `Tests/Golden/make_render_goldens.py`, 7x5.
  @Test(arguments: [(37.0, 1.145), (50, 1.5), (99, 3.5), (100, 3.5)])
  func percentilesAreNumPys(percentage: Double, limit: Double) {
    let values = (0..<35).map { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: 7)
      return Float((7 * x + 5 * y * y + 3 * x * y) % 23 - 8) / 4
    }
    let map = SaliencyMap(width: 7, height: 5, values: values)
    #expect(abs(DisplayRange.percentile(percentage).limit(of: map) - limit) < 1e-6)
  }

  @Test func aPercentileOfZeroGivesWayToTheMaximum() {
    let sparse = SaliencyMap(width: 5, height: 1, values: [0, 0, 0, 0, 6])
    #expect(DisplayRange.percentile(50).limit(of: sparse) == 6)
  }
}
