import Foundation

/// Whether `condition` comes true within half a minute. It is asked again and again on this thread: not a task's sleep,
/// since other tests may hold all threads of tasks meanwhile.
package func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  try isMet(condition, within: 30)
}

/// Whether `condition` is true and stays so for a while: for what must not happen, which may take its time.
package func remains(for seconds: Double = 0.02, _ condition: () throws -> Bool) rethrows -> Bool {
  try !isMet({ try !condition() }, within: seconds)
}

private func isMet(_ condition: () throws -> Bool, within seconds: Double) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    if ContinuousClock.now > deadline { return false }
    Thread.sleep(forTimeInterval: 1e-4)
  }
  return true
}
