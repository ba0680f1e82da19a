import Foundation
import Synchronization
import TestSupport

/// Runs `body` on `count` threads of its own at once and returns when all are done.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let done = DispatchGroup()
  for index in 0..<count {
    done.enter()
    Thread.detachNewThread {
      body(index)
      done.leave()
    }
  }
  done.wait()
}

/// A place where threads wait until all have come; gives up after half a minute, so that a lost wake-up fails rather
/// than hangs.
final class Rendezvous: Sendable {
  private let expected: Int
  private let arrived = Atomic(0)

  init(expecting expected: Int) { self.expected = expected }

  func meet() {
    arrived.add(1, ordering: .acquiringAndReleasing)
    _ = eventually { self.isComplete }
  }

  var isComplete: Bool { arrived.load(ordering: .acquiring) >= expected }
}
