import Explain

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

  /// Runs work that gives way between two passes, and stops there when nobody waits for it any more, or when it has
  /// computed for too long: its turns count, not the time for which it was parked.
  ///
  /// - Parameter report: told of each pass; see `PassProgress`.
  func run<Result>(
    _ turn: Turn, report: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
    _ work: (PassProgress) throws -> Result
  ) throws -> Result {
    let start = turn.time
    let progress = PassProgress(
      report: { done, total in report?(done, total) },
      isCancelled: {
        let time = turn.giveWay() - start
        return turn.isCancelled || time >= maximumTime
      })
    try turn.check()
    do {
      return try work(progress)
    } catch AttributionError.cancelled {
      try turn.check()
      throw ServingError.tookTooLong(limit: maximumTime)
    }
  }
}
