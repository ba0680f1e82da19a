/// A value that one thread at a time may touch.
///
/// `@unchecked Sendable`: `value` is reached under the lock alone, and what it was made of belongs to nobody else
/// (`sending`).
package final class Guarded<Value>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.locked { body(&value) }
  }
}
