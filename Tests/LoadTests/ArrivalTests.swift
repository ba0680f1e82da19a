import Load
import Testing

@Suite("When requests are sent")
struct ArrivalTests {
  @Test("at equal distances")
  func even() {
    #expect(Array(ArrivalTimes(rate: 4, spacing: .even, seed: 0).prefix(4)) == [0, 0.25, 0.5, 0.75])
  }

  @Test("independent of each other: exponential distances, the same for the same seed")
  func poisson() {
    let times = Array(ArrivalTimes(rate: 50, spacing: .poisson, seed: 7).prefix(20_000))
    #expect(times == Array(ArrivalTimes(rate: 50, spacing: .poisson, seed: 7).prefix(20_000)))
    #expect(times != Array(ArrivalTimes(rate: 50, spacing: .poisson, seed: 8).prefix(20_000)))
    let distances = zip(times.dropFirst(), times).map { $0 - $1 }
    let mean = distances.reduce(0, +) / Double(distances.count)
    let variance = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(distances.count)
    // Of an exponential distribution the deviation is the mean: 1 / 50.
    #expect(abs(mean - 0.02) < 0.0006)
    #expect(abs(variance.squareRoot() - 0.02) < 0.0012)
  }
}
