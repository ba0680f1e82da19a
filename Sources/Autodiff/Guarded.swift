/// A value that one thread at a time may touch.
///
/// Asynchronous code needs it instead of `Synchronization.Mutex`: that one keeps the number of its thread, which
/// optimised code may have read before the task went on to another thread, so that unlocking ends the process.
///
/// `@unchecked Sendable`: `value` is reached under the lock alone, and what it was made of belongs to nobody else
/// (`sending`).
package final class Guarded<Value>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try lock.locked { () throws(Failure) in try body(&value) }
  }
}
