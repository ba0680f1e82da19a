import Autodiff
import Testing

@Suite struct RandomNumbersTests {
  private let numbers = RandomNumbers(seed: 42)

  @Test func aNumberDependsOnItsPlaceAlone() {
    let forwards = (0..<100).map(numbers.bits)
    let backwards = (0..<100).reversed().map(RandomNumbers(seed: 42).bits)
    #expect(forwards == backwards.reversed())
    #expect(Set(forwards).count == 100)
  }

  @Test func seedsAndStreamsGiveOtherNumbers() {
    var seen: Set<UInt64> = []
    for seed in 0..<20 as Range<UInt64> {
      for stream in 0..<20 as Range<UInt64> { seen.insert(RandomNumbers(seed: seed, stream: stream).bits(0)) }
    }
    #expect(seen.count == 400)
  }

  /// Mean and variance of a hundred thousand lie within five standard errors.
  @Test func uniformNumbersHaveTheirMoments() {
    let values = (0..<100_000).map(numbers.uniform)
    #expect(values.allSatisfy { (0..<1).contains($0) })
    let (mean, variance) = moments(values)
    #expect(abs(mean - 0.5) < 5 * 0.2887 / 316)
    #expect(abs(variance - 1.0 / 12) < 5 * 0.0745 / 316)
  }

  @Test func normalNumbersHaveTheirMoments() {
    let values = (0..<100_000).map(numbers.normal)
    #expect(!values.contains { !$0.isFinite })
    let (mean, variance) = moments(values)
    #expect(abs(mean) < 5.0 / 316)
    #expect(abs(variance - 1) < 5 * 1.4142 / 316)
    let tail = Double(values.count { abs($0) > 1.96 }) / 100_000
    #expect(abs(tail - 0.05) < 0.0035)
  }

  @Test func integersFillTheirRangeEvenly() {
    var counts = [Int](repeating: 0, count: 7)
    for index in 0..<70_000 { counts[numbers.integer(index, below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 5 * 93 })
  }

  @Test func aPermutationHoldsEachNumberOnce() {
    let order = numbers.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
    #expect(numbers.permutation(0).isEmpty)
    // Each place is as likely to be anywhere.
    let first = (0..<2000).map { RandomNumbers(seed: 1, stream: $0).permutation(4)[3] }
    for value in 0..<4 { #expect(abs(first.count { $0 == value } - 500) < 5 * 20) }
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }
}
