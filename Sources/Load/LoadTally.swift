import Histogram

/// What became of the requests of one kind in one step.
package struct LoadTally: Sendable {
  /// Requests that were meant to be sent within the measured time.
  package private(set) var intended = 0
  /// Answers by status.
  package private(set) var statuses: [Int: Int] = [:]
  package private(set) var faults: [LoadFault: Int] = [:]
  /// Good answers that were whole within the measured time, whenever their requests were sent.
  package private(set) var goodInTime = 0
  /// Requests that were not answered when the step was broken off.
  package private(set) var unfinished = 0
  /// Microseconds from when a request was meant to be sent until its good answer was whole. One that was not answered
  /// in time counts with the time that it was waited for.
  private var latency = LoadTally.histogram()
  /// Microseconds from when a request was meant to be sent until it was sent.
  private var lag = LoadTally.histogram()

  package init() {}

  private static func histogram() -> Histogram<UInt64> {
    // A microsecond to an hour, with three digits.
    Histogram(lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
  }

  mutating func begin() {
    intended += 1
    unfinished += 1
  }

  mutating func sent(lag seconds: Double) { lag.record(Self.microseconds(seconds)) }

  mutating func end(_ outcome: Result<LoadAnswer, LoadFault>, after seconds: Double) {
    unfinished -= 1
    switch outcome {
    case .success(let answer):
      statuses[answer.status, default: 0] += 1
      if answer.isGood { latency.record(Self.microseconds(seconds)) }
    case .failure(let fault):
      faults[fault, default: 0] += 1
      if fault == .timeout { latency.record(Self.microseconds(seconds)) }
    }
  }

  mutating func goodWithinTime() { goodInTime += 1 }

  private static func microseconds(_ seconds: Double) -> UInt64 {
    UInt64(min(max(seconds * 1e6, 1), 3_600_000_000))
  }

  package var good: Int { statuses.reduce(0) { $0 + ((200..<300).contains($1.key) ? $1.value : 0) } }
  package var refused: Int { (statuses[429] ?? 0) + (statuses[503] ?? 0) }
  /// Other answers than good ones and refusals, and requests without an answer.
  package var failed: Int { statuses.values.reduce(0, +) - good - refused + faults.values.reduce(0, +) }

  /// Milliseconds; nil where nothing was answered.
  package func latency(percentile: Double) -> Double? { Self.milliseconds(latency, percentile) }
  /// Milliseconds that requests were sent too late, by this generator's own fault or for want of a connection.
  package func lag(percentile: Double) -> Double? { Self.milliseconds(lag, percentile) }

  private static func milliseconds(_ histogram: Histogram<UInt64>, _ percentile: Double) -> Double? {
    histogram.totalCount == 0 ? nil : Double(histogram.valueAtPercentile(percentile)) / 1e3
  }

  package static func + (a: LoadTally, b: LoadTally) -> LoadTally {
    var sum = a
    sum.intended += b.intended
    sum.unfinished += b.unfinished
    sum.goodInTime += b.goodInTime
    sum.statuses.merge(b.statuses, uniquingKeysWith: +)
    sum.faults.merge(b.faults, uniquingKeysWith: +)
    sum.latency.add(b.latency)
    sum.lag.add(b.lag)
    return sum
  }
}
