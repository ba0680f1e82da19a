/// A value that one thread at a time may touch.
///
/// `@unchecked Sendable`: `value` is reached under the lock alone, and what it was made of belongs to nobody else
/// (`sending`).
final class Guarded<Value>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  init(_ value: sending Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.locked { body(&value) }
  }
}
