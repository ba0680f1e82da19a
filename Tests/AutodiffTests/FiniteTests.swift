import Testing

@testable import Autodiff

@Suite("Values that are finite")
struct FiniteTests {
  private static let lengths = [0, 1, 15, 16, 17, 49]

  @Test("are found so, the largest and the smallest too", arguments: lengths)
  func finite(count: Int) {
    let extremes: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0, 1]
    let values = (0..<count).map { extremes[$0 % extremes.count] }
    #expect(values.withUnsafeBufferPointer(\.areFinite))
  }

  @Test("are not where one is infinite or NaN, wherever it stands", arguments: lengths)
  func notFinite(count: Int) {
    for place in 0..<count {
      for value in [Float.infinity, -.infinity, .nan] {
        var values = [Float](repeating: 1, count: count)
        values[place] = value
        #expect(!values.withUnsafeBufferPointer(\.areFinite), "\(value) at \(place)")
      }
    }
  }
}
