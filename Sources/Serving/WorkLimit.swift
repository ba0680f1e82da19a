import Explain
import Synchronization

/// How much one request may compute, and whether its client is still there: asked between passes through the network.
struct WorkLimit: Sendable {
  /// Forward and reverse passes, of all maps of a request together.
  let maximumPasses: Int
  let maximumTime: Duration

  /// Refuses what would take too many passes, before the first.
  func check(passes: Int, remedy: String) throws(AttributionError) {
    guard passes <= maximumPasses else {
      throw .tooManyPasses(passes, limit: maximumPasses, remedy: remedy)
    }
  }

  /// Runs work that stops between two passes when nobody waits for it any more, or when it has taken too long.
  func run<Result>(_ cancellation: Cancellation, _ work: (PassProgress) throws -> Result) throws -> Result {
    let deadline = ContinuousClock.now + maximumTime
    let progress = PassProgress(
      report: { _, _ in }, isCancelled: { cancellation.isCancelled || ContinuousClock.now >= deadline })
    try cancellation.check()
    do {
      return try work(progress)
    } catch AttributionError.cancelled {
      try cancellation.check()
      throw ServingError.tookTooLong(limit: maximumTime)
    }
  }
}
