import Synchronization

/// A fixed set of threads that share the iterations of a loop with the thread that asks.
///
/// Between the loops of one computation the threads stay awake for a moment: a network is some sixty loops, and to
/// wake a sleeping thread for each costs more than many of them take. Several threads may ask at once; each finishes
/// its own loop even if every worker is busy elsewhere.
package final class Workers: Sendable {
  /// Threads that take part in a loop, the caller included.
  package let threadCount: Int
  private let queue: LoopQueue

  package init(threadCount: Int) {
    precondition(threadCount >= 1, "Workers: at least one thread, got \(threadCount)")
    self.threadCount = threadCount
    queue = LoopQueue(threadCount: threadCount)
    for number in 1..<threadCount {
      let hasStarted = Platform.startThread { [queue] in
        while let loop = queue.enterNext() {
          loop.takePart(as: number)
          queue.leave(loop)
        }
      }
      guard hasStarted else { fatalError("Workers: the system refused a thread") }
    }
  }

  deinit { queue.close() }

  /// Threads to use where nobody says otherwise: the processors that are online.
  package static var onlineProcessors: Int { Platform.onlineProcessors }

  /// Runs a computation of many loops, and counts it meanwhile. With as many computations as threads, each is done
  /// sooner if it keeps to its own: no loop then waits for another's thread. No result depends on it.
  package func computing<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    queue.computations.add(1, ordering: .relaxed)
    defer { queue.computations.subtract(1, ordering: .relaxed) }
    return try body()
  }

  /// Runs what only waits, within a computation: it does not count meanwhile.
  package func pausing<Result, Failure: Error>(_ wait: () throws(Failure) -> Result) throws(Failure) -> Result {
    queue.computations.subtract(1, ordering: .relaxed)
    defer { queue.computations.add(1, ordering: .relaxed) }
    return try wait()
  }

  /// Threads that share a loop of one of the computations now.
  var share: Int { queue.share }

  /// Calls `body` once for each index in `0..<count`, in any order and from several threads at once, and returns when
  /// all calls have. Nothing holds `body` then.
  ///
  /// Each thread begins with a run of neighbouring indices of its own, the same for every loop of this length, and
  /// then takes over what others have left: what a thread wrote in one loop it likely reads in the next.
  package func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) { run(count, body) }

  /// `forEach` for the kernels of this room, whose tasks share pointers, which are not `Sendable`. What the compiler
  /// then does not check is theirs to keep: tasks write ranges that do not overlap, and no task reads what another
  /// writes.
  func run(_ count: Int, _ body: (Int) -> Void) {
    let threads = min(share, count)
    if threads < 2 {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let loop = SharedLoop(count: count, runs: threads, body: body)
      queue.add(loop, helpers: threads - 1)
      loop.takePart(as: 0)
      // No index is left: no more helpers are wanted, and those inside are finishing their last.
      queue.withdraw(loop)
      queue.waitUntilLeft(loop)
      loop.deallocate()
    }
  }
}

/// How long a thread that has nothing to do stays awake, in rounds of `Platform.spinPause`: about 50 microseconds.
private let patience = 2_000

/// One loop, in memory that belongs to the thread that asked for it.
private struct Loop: ~Copyable {
  let count: Int
  let body: (Int) -> Void
  /// The indices are cut into as many runs as threads take part; each run has the next index to hand out.
  let runs: Int
  let cursors: UnsafeMutablePointer<Atomic<Int>>
  /// The helpers inside, and `ownerSleeps` more once the owner has gone to sleep and wants to be woken by the last.
  let helpers = Atomic(0)

  static let ownerSleeps = 1 << 32

  init(count: Int, runs: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
    self.runs = runs
    cursors = .allocate(capacity: runs)
    for run in 0..<runs { (cursors + run).initialize(to: Atomic(run * count / runs)) }
  }

  deinit {
    cursors.deinitialize(count: runs)
    cursors.deallocate()
  }
}

/// Where a loop is.
///
/// `@unchecked Sendable`: the owner frees the memory after it has withdrawn the loop from the queue, under the queue's
/// lock, and no helper is inside. A helper enters under that lock, and does not touch the loop once it has left.
/// `body` is called for indices below `count` alone, each of which a cursor hands out once; a call ends before its
/// thread leaves, and so before `body` goes out of scope.
private struct SharedLoop: @unchecked Sendable {
  let memory: UnsafeMutablePointer<Loop>

  init(count: Int, runs: Int, body: @escaping (Int) -> Void) {
    memory = .allocate(capacity: 1)
    memory.initialize(to: Loop(count: count, runs: runs, body: body))
  }

  func deallocate() {
    memory.deinitialize(count: 1)
    memory.deallocate()
  }

  /// Runs iterations until none is left to claim, those of the thread's own run first.
  ///
  /// Never inlined: what it holds of `body` it lets go of before it returns, so before its thread leaves.
  @inline(never)
  func takePart(as thread: Int) {
    let (count, runs, cursors) = (memory.pointee.count, memory.pointee.runs, memory.pointee.cursors)
    for offset in 0..<runs {
      let run = (thread + offset) % runs
      let end = (run + 1) * count / runs
      while true {
        let index = cursors[run].add(1, ordering: .relaxed).oldValue
        guard index < end else { break }
        memory.pointee.body(index)
      }
    }
  }
}

/// The loops that want helpers, first come first served.
///
/// `@unchecked Sendable`: `waiting`, `sleepers` and `isClosed` are reached under the lock `work` alone.
private final class LoopQueue: @unchecked Sendable {
  let threadCount: Int
  let computations = Atomic(0)
  private let work = Lock()
  private var waiting: [SharedLoop] = []
  private var sleepers = 0
  private var isClosed = false
  /// Places that wait for a helper, or 1 once the queue is closed: what a helper watches while it is awake.
  private let posted = Atomic(0)
  /// Where owners sleep until the last helper has left.
  private let done = Lock()

  init(threadCount: Int) { self.threadCount = threadCount }

  var share: Int { max(1, threadCount / max(1, computations.load(ordering: .relaxed))) }

  func add(_ loop: SharedLoop, helpers: Int) {
    work.locked {
      for _ in 0..<helpers { waiting.append(loop) }
      posted.store(waiting.count, ordering: .releasing)
      guard sleepers > 0 else { return }
      if helpers == 1 { work.wakeOne() } else { work.wakeAll() }
    }
  }

  /// Takes back the places that no helper has taken: a finished loop does not wait for a thread to wake
  /// up or to become free.
  func withdraw(_ loop: SharedLoop) {
    // None is left to take back if `posted` is 0, which was then stored after the last helper had entered.
    guard posted.load(ordering: .acquiring) > 0 else { return }
    work.locked {
      waiting.removeAll { $0.memory == loop.memory }
      posted.store(waiting.count, ordering: .releasing)
    }
  }

  /// The next loop to help with, which the calling thread is then inside; nil once the queue is closed.
  func enterNext() -> SharedLoop? {
    while true {
      var rounds = 0
      while rounds < patience, posted.load(ordering: .relaxed) == 0 {
        Platform.spinPause()
        // Where each computation keeps to one thread, no loop will want a helper: the processor is left to them at
        // once.
        rounds = share > 1 ? rounds + 1 : patience
      }
      let (loop, isOver) = work.locked { () -> (SharedLoop?, Bool) in
        if rounds == patience {
          sleepers += 1
          while waiting.isEmpty && !isClosed { work.sleep() }
          sleepers -= 1
        }
        guard !waiting.isEmpty else { return (nil, isClosed) }
        let loop = waiting.removeFirst()
        loop.memory.pointee.helpers.add(1, ordering: .relaxed)
        posted.store(waiting.count, ordering: .releasing)
        return (loop, false)
      }
      if let loop { return loop }
      if isOver { return nil }
    }
  }

  /// A helper's last access to the loop: the owner may free it then.
  func leave(_ loop: SharedLoop) {
    let before = loop.memory.pointee.helpers.subtract(1, ordering: .acquiringAndReleasing).oldValue
    if before == Loop.ownerSleeps + 1 { done.locked { done.wakeAll() } }
  }

  /// Returns when no helper is inside the loop, which has been withdrawn.
  func waitUntilLeft(_ loop: SharedLoop) {
    // The last iterations of a loop end within microseconds of each other: a short spin saves a sleep and a wake.
    var rounds = 0
    while loop.memory.pointee.helpers.load(ordering: .acquiring) > 0 {
      if rounds == patience { return sleepUntilLeft(loop) }
      Platform.spinPause()
      rounds += 1
    }
  }

  private func sleepUntilLeft(_ loop: SharedLoop) {
    done.locked {
      // Under the lock: a helper that leaves from now on wakes this thread after it has gone to sleep.
      loop.memory.pointee.helpers.add(Loop.ownerSleeps, ordering: .acquiringAndReleasing)
      while loop.memory.pointee.helpers.load(ordering: .acquiring) > Loop.ownerSleeps { done.sleep() }
    }
  }

  func close() {
    work.locked {
      isClosed = true
      posted.store(1, ordering: .releasing)
      work.wakeAll()
    }
  }
}
