import Testing

@testable import Explain

@Suite struct TicksTests {
  struct Case: CustomTestStringConvertible {
    var low: Double
    var high: Double
    var limit = 6
    var labels: [String]
    var exponent = 0
    var testDescription: String { "\(low) to \(high)" }
  }

  static let cases = [
    Case(low: 0, high: 1, labels: ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    Case(low: 0, high: 1, limit: 5, labels: ["0", "0.5", "1"]),
    Case(low: 0, high: 0.3, labels: ["0", "0.1", "0.2", "0.3"]),
    Case(low: 0, high: 1.9, labels: ["0", "0.5", "1", "1.5"]),
    Case(low: 0, high: -1.9, labels: ["-1.5", "-1", "-0.5", "0"]),
    Case(low: -7, high: 7, labels: ["-5", "0", "5"]),
    Case(low: 12, high: 17, labels: ["12", "13", "14", "15", "16", "17"]),
    Case(low: 0, high: 42_000, labels: ["0", "10000", "20000", "30000", "40000"]),
    Case(low: 0, high: 420_000, labels: ["0", "1", "2", "3", "4"], exponent: 5),
    Case(low: 0, high: 0.05, labels: ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]),
    Case(low: 0, high: 0.0073, labels: ["0", "2", "4", "6"], exponent: -3),
    Case(low: -0.0015, high: 0.0015, labels: ["-1", "0", "1"], exponent: -3),
    Case(low: 0, high: 1.2e-7, limit: 9, labels: ["0", "0.2", "0.4", "0.6", "0.8", "1", "1.2"], exponent: -7),
    Case(low: 0, high: 3e30, labels: ["0", "1", "2", "3"], exponent: 30),
    Case(low: 0, high: 0, labels: ["0"]),
    Case(low: 3, high: 3, labels: []),
  ]

  @Test(arguments: cases)
  func ticksAreRoundNumbers(ticks: Case) {
    let made = Ticks(from: ticks.low, to: ticks.high, atMost: ticks.limit)
    #expect(made.ticks.map(\.label) == ticks.labels)
    #expect(made.exponent == ticks.exponent)
    // A label says its value.
    for tick in made.ticks { #expect(Double("\(tick.label)e\(made.exponent)") == tick.value) }
  }

  @Test func theyLieWithinTheEndsAndAreNotTooMany() {
    for scale in [1e-300, 1e-38, 3e-7, 1, 77, 4e9, 3.4e38, 1.7e308] {
      for (low, high) in [(0.0, 1.0), (-1, 1), (-0.3, 0.9), (0, 0.77)] {
        for limit in 2...9 {
          let made = Ticks(from: low * scale, to: high * scale, atMost: limit).ticks
          #expect(made.count <= limit)
          #expect(made.allSatisfy { low * scale * 1.0001 <= $0.value && $0.value <= high * scale * 1.0001 })
          #expect(made.contains { $0.value == 0 && $0.label == "0" }, "\(low * scale)...\(high * scale), \(limit)")
        }
      }
    }
  }

  @Test func theSharedPowerOfTenIsWritten() {
    #expect(Ticks(from: 0, to: 1, atMost: 4).factor == "")
    #expect(Ticks(from: 0, to: 1e-5, atMost: 4).factor == "1e-5")
    #expect(Ticks(from: 0, to: 1.3e8, atMost: 4).factor == "1e8")
  }
}
