import Autodiff
import Synchronization

/// A piece of work as the work itself sees it: whether somebody still waits for it, and where others may go first.
package final class Turn: Sendable {
  let id: Int
  /// Of the request that it belongs to, where somebody wants one.
  let record: WorkRecord?
  private let crew: Crew
  private let flag = Atomic(false)
  /// Where its thread waits while it is parked.
  let handover = Handover<Void>()

  init(id: Int, crew: Crew, record: WorkRecord? = nil) {
    self.id = id
    self.record = record
    self.crew = crew
  }

  package var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Throws if nobody waits for the result any more.
  package func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }

  /// Nobody waits any more: work that waits or is parked ends at once, work that runs when it next looks.
  func cancel() {
    flag.store(true, ordering: .relaxed)
    crew.cancel(self)
  }

  /// How long the piece has computed so far: the sum of its turns.
  var time: Duration { crew.time(of: self) }

  /// Lets others go first whose turn it is; returns when this piece may go on, or is cancelled. For the thread that
  /// computes, between two passes, with no lock held.
  ///
  /// - Returns: `time`.
  func giveWay() -> Duration { crew.giveWay(self) }
}

/// A value that one thread hands to another, which waits for it.
///
/// `@unchecked Sendable`: `value` is reached under the lock alone.
final class Handover<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value?

  /// The thread that waits must have taken the value before the next is given.
  func give(_ value: Value) {
    lock.locked {
      self.value = value
      lock.wakeOne()
    }
  }

  func take() -> Value {
    lock.locked {
      while true {
        if let value {
          self.value = nil
          return value
        }
        lock.sleep()
      }
    }
  }
}
