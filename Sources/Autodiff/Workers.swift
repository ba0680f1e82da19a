import CKernels
import Glibc
import Synchronization

/// A fixed set of threads that share the iterations of a loop with the thread that asks.
///
/// Between the loops of one computation the threads stay awake for a moment: a network is some sixty loops, and to
/// wake a sleeping thread for each costs more than many of them take. Several threads may ask at once; each finishes
/// its own loop even if every worker is busy elsewhere.
package final class Workers: Sendable {
  /// Threads that take part in a loop, the caller included.
  package let threadCount: Int
  private let queue = JobQueue()
  private let computations = Atomic(0)

  package init(threadCount: Int) {
    precondition(threadCount >= 1, "Workers: at least one thread, got \(threadCount)")
    self.threadCount = threadCount
    for number in 1..<threadCount { Helper(number: number, queue: queue).start() }
  }

  deinit { queue.close() }

  /// Threads to use where nobody says otherwise: the processors that are online.
  package static var onlineProcessors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs a computation of many loops, and counts it meanwhile. With as many computations as threads, each is done sooner
  /// if it keeps to its own: no loop then waits for another's thread. No result depends on it.
  package func computing<Result>(_ body: () throws -> Result) rethrows -> Result {
    computations.add(1, ordering: .relaxed)
    defer { computations.subtract(1, ordering: .relaxed) }
    return try body()
  }

  /// Threads that a loop of one of the computations is shared by now.
  var share: Int { max(1, threadCount / max(1, computations.load(ordering: .relaxed))) }

  /// Calls `body` once for each index in `0..<count`, in any order, and returns when all are done.
  ///
  /// Each thread begins with a run of neighbouring indices of its own, the same for every loop of this length, and
  /// then takes over what others have left: what a thread wrote in one loop it likely reads in the next.
  ///
  /// A worker that came too late to do anything may hold `body` for a moment longer, though it never calls it then:
  /// let `body` capture pointers and numbers, not tensors whose memory should go back at once.
  package func forEach(_ count: Int, _ body: @escaping (Int) -> Void) {
    let threads = min(share, count)
    if threads < 2 {
      for index in 0..<count { body(index) }
      return
    }
    let job = Job(count: count, threads: threads, body: body)
    queue.add(job, helpers: threads - 1)
    job.takePart(as: 0, queue)
    queue.wait(for: job)
    queue.remove(job)
  }
}

/// How long a thread that has nothing to do stays awake, in rounds of `gaze_spin_pause`: about 50 microseconds.
private let patience = 2_000

/// One of the threads.
private final class Helper: Sendable {
  private let number: Int
  private let queue: JobQueue

  init(number: Int, queue: JobQueue) {
    self.number = number
    self.queue = queue
  }

  func start() {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        let helper = Unmanaged<Helper>.fromOpaque(context!).takeRetainedValue()
        while let job = helper.queue.next() { job.takePart(as: helper.number, helper.queue) }
        return nil
      }, context)
    guard status == 0 else { fatalError("Workers: the system refused a thread (error \(status))") }
    pthread_attr_destroy(&attributes)
  }
}

/// One loop. `@unchecked Sendable`: `body` is called only for indices below `count`, each handed out once by one of the
/// cursors, and the thread that owns `body` waits for `finished` to reach `count` before it returns.
private final class Job: @unchecked Sendable {
  private let count: Int
  private let body: (Int) -> Void
  /// The indices are cut into as many runs as threads take part; each run has the next index to hand out.
  private let runs: Int
  private let cursors: UnsafeMutablePointer<Atomic<Int>>
  private let finished = Atomic(0)
  /// Whether the owner has gone to sleep and wants to be woken.
  let ownerSleeps = Atomic(false)

  init(count: Int, threads: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
    runs = threads
    cursors = .allocate(capacity: threads)
    for run in 0..<threads { (cursors + run).initialize(to: Atomic(run * count / threads)) }
  }

  deinit {
    cursors.deinitialize(count: runs)
    cursors.deallocate()
  }

  var isFinished: Bool { finished.load(ordering: .sequentiallyConsistent) == count }

  /// Runs iterations until none is left to claim, those of the thread's own run first.
  func takePart(as thread: Int, _ queue: JobQueue) {
    var done = 0
    for offset in 0..<runs {
      let run = (thread + offset) % runs
      let end = (run + 1) * count / runs
      while true {
        let index = cursors[run].add(1, ordering: .relaxed).oldValue
        guard index < end else { break }
        body(index)
        done += 1
      }
    }
    guard done > 0 else { return }
    if finished.add(done, ordering: .sequentiallyConsistent).newValue == count,
      ownerSleeps.load(ordering: .sequentiallyConsistent)
    {
      queue.wakeOwners()
    }
  }
}

/// The loops that want helpers, first come first served.
private final class JobQueue: @unchecked Sendable {
  private let work = PThreadLock()
  private var waiting: [Job] = []
  private var sleepers = 0
  private var isClosed = false
  /// Places that wait for a helper, and one more when the queue is closed: what a helper watches while it is awake.
  private let posted = Atomic(0)
  /// Where owners sleep whose last iterations run elsewhere.
  private let done = PThreadLock()

  func add(_ job: Job, helpers: Int) {
    work.locked {
      for _ in 0..<helpers { waiting.append(job) }
      posted.store(waiting.count, ordering: .releasing)
      guard sleepers > 0 else { return }
      if helpers == 1 { work.wakeOne() } else { work.wakeAll() }
    }
  }

  /// Forgets the places that no helper has taken: a finished loop does not wait here for a worker to come free.
  func remove(_ job: Job) {
    guard posted.load(ordering: .acquiring) > 0 else { return }
    work.locked {
      waiting.removeAll { $0 === job }
      posted.store(waiting.count, ordering: .releasing)
    }
  }

  /// The next loop to help with; nil once the queue is closed.
  func next() -> Job? {
    while true {
      var rounds = 0
      while rounds < patience, posted.load(ordering: .relaxed) == 0 {
        gaze_spin_pause()
        rounds += 1
      }
      let (job, isOver) = work.locked { () -> (Job?, Bool) in
        if rounds == patience {
          sleepers += 1
          while waiting.isEmpty && !isClosed { work.sleep() }
          sleepers -= 1
        }
        guard !waiting.isEmpty else { return (nil, isClosed) }
        let job = waiting.removeFirst()
        posted.store(waiting.count, ordering: .releasing)
        return (job, false)
      }
      if let job { return job }
      if isOver { return nil }
    }
  }

  func wait(for job: Job) {
    // The last iterations of a loop end within microseconds of each other: a short spin saves a sleep and a wake.
    for _ in 0..<patience where !job.isFinished { gaze_spin_pause() }
    guard !job.isFinished else { return }
    done.locked {
      job.ownerSleeps.store(true, ordering: .sequentiallyConsistent)
      while !job.isFinished { done.sleep() }
    }
  }

  func wakeOwners() { done.locked { done.wakeAll() } }

  func close() {
    work.locked {
      isClosed = true
      posted.store(1, ordering: .releasing)
      work.wakeAll()
    }
  }
}
