package import Autodiff
import NIOPosix
import Synchronization

/// Where requests compute: a fixed number of threads of their own, so that neither the event loops nor Swift's
/// cooperative threads ever wait for a network; and a fixed number of places, so that the queue for them stays short.
///
/// A request takes a place before its body is read and gives it back with its answer. There are places for as many as
/// compute and for a few who wait; whoever comes beyond is turned away at once (`ServingError.busy`).
package final class ComputePool: Sendable {
  package struct Load: Sendable {
    /// Requests that have a place.
    package var admitted = 0
    /// Pieces of work that run.
    package var running = 0
    /// Pieces of work that wait for a thread.
    package var queued = 0
  }

  package let slots: Int
  package let places: Int
  private let threads: NIOThreadPool
  private let workers: Workers
  private let current = Mutex(Load())

  /// - Parameter workers: of the engine that the work computes with; they are told how many pieces of work share them.
  package init(slots: Int, waitingPlaces: Int, workers: Workers) {
    self.workers = workers
    self.slots = slots
    places = slots + waitingPlaces
    threads = NIOThreadPool(numberOfThreads: slots)
    threads.start()
  }

  deinit { threads.shutdownGracefully { _ in } }

  package var load: Load { current.withLock { $0 } }

  /// Runs `body` with a place, or throws `ServingError.busy` at once if there is none.
  package func withPlace<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    try current.withLock { load throws(ServingError) in
      guard load.admitted < places else { throw .busy }
      load.admitted += 1
    }
    defer { current.withLock { $0.admitted -= 1 } }
    return try await body()
  }

  /// Runs blocking work on one of the threads. If the task is cancelled while the work waits, it never begins; once it
  /// has begun it sees it in `Cancellation.check()`.
  package func run<Result: Sendable>(_ work: @escaping @Sendable (Cancellation) throws -> Result) async throws -> Result
  {
    let cancellation = Cancellation()
    let ticket = Ticket(current: self)
    return try await withTaskCancellationHandler {
      try await threads.runIfActive {
        try cancellation.check()
        return try ticket.whileRunning { try work(cancellation) }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Ends the threads once the work that was given to them is done.
  package func shutDown() async throws { try await threads.shutdownGracefully() }

  /// Counts a piece of work as queued until it begins or is given up.
  private final class Ticket: Sendable {
    private let pool: ComputePool
    private let hasBegun = Atomic(false)

    init(current pool: ComputePool) {
      self.pool = pool
      pool.current.withLock { $0.queued += 1 }
    }

    deinit {
      if !hasBegun.load(ordering: .relaxed) { pool.current.withLock { $0.queued -= 1 } }
    }

    func whileRunning<Result>(_ work: () throws -> Result) rethrows -> Result {
      hasBegun.store(true, ordering: .relaxed)
      pool.current.withLock { load in
        load.queued -= 1
        load.running += 1
      }
      defer { pool.current.withLock { $0.running -= 1 } }
      return try pool.workers.computing(work)
    }
  }
}

/// Whether somebody still waits for some work.
package final class Cancellation: Sendable {
  private let flag = Atomic(false)

  package var isCancelled: Bool { flag.load(ordering: .relaxed) }

  package func cancel() { flag.store(true, ordering: .relaxed) }

  /// Throws if nobody waits for the result any more.
  package func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}
