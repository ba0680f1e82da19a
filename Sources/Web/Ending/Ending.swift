import Autodiff

/// How far the service is on its way to its end, as requests and probes see it.
package final class Ending: Sendable {
  private struct State {
    var running = 0
    var cancelled = 0
  }

  /// Asked to end: not ready any more.
  let announced = Latch()
  /// Takes no more connections, and closes those that it has after their answers.
  let draining = Latch()
  /// Has waited long enough for what runs: that is cancelled.
  let cancelling = Latch()
  let hangUp = HangUp()
  private let state = Guarded(State())

  package init() {}

  /// Requests that are being read or answered.
  var running: Int { state.withLock { $0.running } }
  /// Requests that were told to come again because their work was cancelled.
  var cancelled: Int { state.withLock { $0.cancelled } }

  func whileRunning<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    state.withLock { $0.running += 1 }
    defer { state.withLock { $0.running -= 1 } }
    return try await body()
  }

  /// Throws `ServiceError.ending` once work is cancelled; `CancellationError` if the task is, which means that the work
  /// is over.
  func cancelled() async throws -> Never {
    await cancelling.opened()
    try Task.checkCancellation()
    throw ServiceError.ending
  }

  /// Counts a request whose work has stopped because it was cancelled.
  func countCancelled() { state.withLock { $0.cancelled += 1 } }
}
