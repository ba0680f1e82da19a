import CKernels
import Glibc

/// What this room asks of the operating system and of the processor: all of it is here, so that another platform needs
/// another version of this file alone. Mathematical functions are not counted: every C library has them.
package enum Platform {
  /// Processors that the system runs threads on, at least 1.
  static var onlineProcessors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The value of an environment variable; nil if it is not set.
  static func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The address of a C function that this process has loaded; nil if it has none of that name.
  static func function(named name: String) -> UnsafeMutableRawPointer? { dlsym(nil, name) }

  /// Tells the processor that this thread waits in a loop.
  @inline(__always)
  static func spinPause() { gaze_spin_pause() }

  /// Uninitialised memory, 64-byte aligned; nil if the system has none left. Give it back with `free`.
  ///
  /// - Parameter byteCount: a multiple of 64.
  static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? { aligned_alloc(64, byteCount) }

  static func free(_ memory: UnsafeMutableRawPointer) { Glibc.free(memory) }

  /// Runs `body` on a thread of its own.
  ///
  /// - Returns: whether the system gave a thread. If not, `body` is never called.
  package static func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let context = Unmanaged.passRetained(ThreadBody(body))
    let status = pthread_create(
      &thread, &attributes,
      { context in
        Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, context.toOpaque())
    if status != 0 { context.release() }
    return status == 0
  }

  /// The body of a thread as an object, which a C pointer can carry.
  private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

/// A mutex with a condition.
///
/// Not `Synchronization.Mutex`: on Linux that one sleeps in a priority-inheriting futex, which Thread Sanitizer does
/// not see, so that everything it guards is reported as a race; and it spins long when many threads want it
/// (swiftlang/swift#88440).
///
/// `@unchecked Sendable`: both pointers are constants, and pthread's functions may be called on what they point to from
/// any thread.
package final class Lock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Releases the lock, sleeps until woken, and takes the lock again. For a thread that holds it.
  package func sleep() { pthread_cond_wait(condition, mutex) }
  package func wakeOne() { pthread_cond_signal(condition) }
  package func wakeAll() { pthread_cond_broadcast(condition) }
}
