@testable import Autodiff

/// Counts, for each index, how often it came by; from any thread.
final class Tally: Sendable {
  private let state: Guarded<[Int]>

  init(count: Int) { state = Guarded([Int](repeating: 0, count: count)) }

  func add(_ index: Int) { state.withLock { $0[index] += 1 } }
  var counts: [Int] { state.withLock { $0 } }
  var total: Int { counts.reduce(0, +) }
}
