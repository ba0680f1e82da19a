import Foundation

/// Whether `condition` comes true within half a minute. It is asked again and again on this thread: not a task's sleep,
/// since other tests may hold all threads of tasks meanwhile.
package func eventually(_ condition: () -> Bool) -> Bool {
  isMet(condition, within: 30)
}

/// `eventually`, for a condition that a task brings about: the thread goes to other tasks meanwhile.
package func comesTrue(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(30)
  while !condition() {
    if ContinuousClock.now > deadline { return false }
    await Task.yield()
  }
  return true
}

/// Whether `condition` is true and stays so for a while: for what must not happen, which may take its time.
package func remains(for seconds: Double = 0.02, _ condition: () -> Bool) -> Bool {
  !isMet({ !condition() }, within: seconds)
}

private func isMet(_ condition: () -> Bool, within seconds: Double) -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while !condition() {
    if ContinuousClock.now > deadline { return false }
    Thread.sleep(forTimeInterval: 1e-4)
  }
  return true
}
