import Glibc

/// A value that one thread at a time may touch.
///
/// Not `Synchronization.Mutex`: on Linux that one sleeps in a priority-inheriting futex, which Thread Sanitizer does
/// not see, so that everything it guards is reported as a race; and it spins long when many threads want it
/// (swiftlang/swift#88440).
final class Guarded<Value>: @unchecked Sendable {
  private let lock = PThreadLock()
  private var value: Value

  init(_ value: sending Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.locked { body(&value) }
  }
}

/// A mutex with a condition.
final class PThreadLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  func sleep() { pthread_cond_wait(condition, mutex) }
  func wakeOne() { pthread_cond_signal(condition) }
  func wakeAll() { pthread_cond_broadcast(condition) }
}
