import Explain
import Testing

@Suite struct SaliencyMapTests {
  @Test func theStatisticsAreOfTheSignedValues() {
    let map = SaliencyMap(width: 3, height: 2, values: [1, -3, 0, 2, 4, -2])
    #expect(map.minimum == -3)
    #expect(map.maximum == 4)
    #expect(map.mean == Float(2.0 / 6))
    #expect(map.shareOfNegativeMass == 5.0 / 12)
  }

  @Test func pixelsThatTheNetworkDidNotSeeAreNoPartOfTheStatistics() {
    let map = SaliencyMap(width: 2, height: 2, values: [.nan, -1, 3, .nan])
    #expect(map.minimum == -1)
    #expect(map.maximum == 3)
    #expect(map.mean == 1)
    #expect(map.shareOfNegativeMass == 0.25)
  }

  @Test func aMapWithoutNumbersHasNoStatistics() {
    let map = SaliencyMap(width: 1, height: 1, values: [.nan])
    #expect(map.minimum.isNaN)
    #expect(map.maximum.isNaN)
    #expect(map.mean.isNaN)
    #expect(map.shareOfNegativeMass == 0)
  }

  static let statuses: [(values: [Float], status: MapStatus)] = [
    ([1, 2, 3, 4], .ok),
    ([-1, 0, 0, 1e-3], .ok),
    ([0, 0, 0, 1e-30], .ok),
    ([5, 5, 5, 5.001], .ok),
    ([-1, -2, -3, -4], .noPositiveEvidence),
    ([0, -2, 0, 0], .noPositiveEvidence),
    // One part in ten million of what speaks against the class is rounding noise, not evidence for it.
    ([1e-7, -1, -0.5, 0], .noPositiveEvidence),
    ([0, 0, 0, 0], .flat),
    ([3, 3, 3, 3], .flat),
    ([-3, -3, -3, -3], .flat),
    ([5, 5, 5, Float(5).nextUp], .flat),
    ([.nan, .nan, .nan, .nan], .flat),
    ([.nan, .nan, 1, 2], .ok),
    ([-.greatestFiniteMagnitude, 0, 0, .greatestFiniteMagnitude], .ok),
  ]

  @Test(arguments: statuses)
  func theStatusSaysWhetherThereIsSomethingToShow(values: [Float], status: MapStatus) {
    #expect(SaliencyMap(width: 2, height: 2, values: values).status == status)
  }

  @Test func theStatusHasTheInterfacesNames() {
    #expect(MapStatus.ok.rawValue == "ok")
    #expect(MapStatus.noPositiveEvidence.rawValue == "no_positive_evidence")
    #expect(MapStatus.flat.rawValue == "flat")
  }
}
