import Autodiff
import TestSupport
import Testing

@Suite struct LargestElementsTests {
  /// Few different values, so that many are equal.
  private static let values: [Float] = {
    var random = SplitMix64(seed: 3)
    return (0..<200).map { _ in Float(random.next() % 23) - 11 }
  }()

  @Test(arguments: [0, 1, 2, 5, 16, 17, 150, 200, 1000])
  func areThoseOfAStableSort(count: Int) {
    let sorted = Self.values.indices.sorted { (Self.values[$0], $1) > (Self.values[$1], $0) }
    #expect(Self.values.indices(ofLargest: count) == Array(sorted.prefix(count)))
  }

  @Test func ofNoneAreNone() {
    #expect([Float]().indices(ofLargest: 1).isEmpty)
    #expect(Self.values.indices(ofLargest: -1).isEmpty)
  }
}
