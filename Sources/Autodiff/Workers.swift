import Glibc
import Synchronization

/// A fixed set of threads that share the iterations of a loop with the thread that asks.
///
/// A task's extent is decided by the caller from shapes alone, never from the number of threads, so results do not
/// depend on it. Several threads may ask at once; each finishes its own loop even if every worker is busy elsewhere.
package final class Workers: Sendable {
  /// Threads that take part in a loop, the caller included.
  package let threadCount: Int
  private let queue = JobQueue()

  package init(threadCount: Int) {
    precondition(threadCount >= 1, "Workers: at least one thread, got \(threadCount)")
    self.threadCount = threadCount
    for _ in 1..<threadCount { Self.start(servicing: queue) }
  }

  deinit { queue.close() }

  /// Threads to use where nobody says otherwise: the processors that are online.
  package static var onlineProcessors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Calls `body` once for each index in `0..<count`, in any order, and returns when all are done.
  ///
  /// A worker that came too late to do anything may hold `body` for a moment longer, though it never calls it then:
  /// let `body` capture pointers and numbers, not tensors whose memory should go back at once.
  package func forEach(_ count: Int, _ body: @escaping (Int) -> Void) {
    if threadCount == 1 || count < 2 {
      for index in 0..<count { body(index) }
      return
    }
    let job = Job(count: count, body: body)
    queue.add(job, helpers: min(threadCount, count) - 1)
    job.takePart()
    job.wait()
    queue.remove(job)
  }

  private static func start(servicing queue: JobQueue) {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(queue).toOpaque()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        let queue = Unmanaged<JobQueue>.fromOpaque(context!).takeRetainedValue()
        while let job = queue.next() { job.takePart() }
        return nil
      }, context)
    guard status == 0 else { fatalError("Workers: the system refused a thread (error \(status))") }
    pthread_attr_destroy(&attributes)
  }
}

/// One loop. `@unchecked Sendable`: `body` is called only for indices below `count`, each handed out once by
/// `claimed`, and the thread that owns `body` waits for `finished` to reach `count` before it returns.
private final class Job: @unchecked Sendable {
  private let count: Int
  private let body: (Int) -> Void
  private let claimed = Atomic(0)
  private let finished = Atomic(0)
  private let gate = Gate()

  init(count: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Runs iterations until none is left to claim.
  func takePart() {
    while true {
      let index = claimed.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
      if finished.add(1, ordering: .acquiringAndReleasing).newValue == count { gate.open() }
    }
  }

  func wait() {
    // The last iterations of a loop end within microseconds of each other: a short spin saves a sleep and a wake.
    for _ in 0..<2_000 where finished.load(ordering: .acquiring) < count { sched_yield() }
    gate.wait()
  }
}

/// The loops that want helpers, first come first served.
private final class JobQueue: @unchecked Sendable {
  private let lock = PThreadLock()
  private var waiting: [Job] = []
  private var isClosed = false

  func add(_ job: Job, helpers: Int) {
    lock.locked {
      for _ in 0..<helpers { waiting.append(job) }
      if helpers == 1 { lock.wakeOne() } else { lock.wakeAll() }
    }
  }

  /// Forgets the places that no helper has taken: a finished loop does not wait here for a worker to come free.
  func remove(_ job: Job) {
    lock.locked { waiting.removeAll { $0 === job } }
  }

  func next() -> Job? {
    lock.locked {
      while waiting.isEmpty && !isClosed { lock.sleep() }
      return waiting.isEmpty ? nil : waiting.removeFirst()
    }
  }

  func close() {
    lock.locked {
      isClosed = true
      lock.wakeAll()
    }
  }
}

/// A door that opens once.
private final class Gate: @unchecked Sendable {
  private let lock = PThreadLock()
  private var isOpen = false

  func open() {
    lock.locked {
      isOpen = true
      lock.wakeAll()
    }
  }

  func wait() {
    lock.locked {
      while !isOpen { lock.sleep() }
    }
  }
}
