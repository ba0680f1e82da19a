/// Times of repetitions of one piece of work, in milliseconds.
struct Times: Encodable {
  /// In the order in which they were taken.
  let all: [Double]

  init(_ all: [Double]) {
    precondition(!all.isEmpty, "Times: nothing was measured")
    self.all = all
  }

  /// Runs `work` `repeat` times, and once before without counting it unless it is not worth the wait.
  init(repeat count: Int, warmingUp: Bool = true, _ work: () throws -> Void) rethrows {
    if warmingUp { try work() }
    self.init(try (0..<max(1, count)).map { _ in try milliseconds(work) })
  }

  var minimum: Double { all.min()! }
  var maximum: Double { all.max()! }
  var median: Double {
    let sorted = all.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

/// Milliseconds that `work` takes.
func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  let taken = try ContinuousClock().measure(work)
  return Double(taken.components.seconds) * 1e3 + Double(taken.components.attoseconds) / 1e15
}
