import Autodiff

/// A clock that moves when it is told to.
package final class ManualClock: Sendable {
  private let instant = Guarded(ContinuousClock.now)

  package init() {}

  package var now: ContinuousClock.Instant { instant.withLock { $0 } }
  package func advance(by duration: Duration) { instant.withLock { $0 += duration } }
}
