import COpenBLAS

/// What every operation needs besides its operands: where memory comes from and who computes.
package struct Engine: Sendable {
  package let pool: BufferPool
  package let workers: Workers
  /// Threads of `workers` that one loop may use.
  package private(set) var threadLimit = Int.max

  package init(pool: BufferPool = BufferPool(), threadCount: Int = Workers.onlineProcessors) {
    Self.quietOpenBLAS
    self.pool = pool
    workers = Workers(threadCount: threadCount)
  }

  /// The same engine for one of several computations that run at once: with as many as there are threads, each is done
  /// sooner if it keeps to its own. No result depends on it.
  package func shared(among computations: Int) -> Engine {
    var engine = self
    engine.threadLimit = max(1, workers.threadCount / max(1, computations))
    return engine
  }

  /// Threads that a loop is shared by.
  var threads: Int { min(workers.threadCount, threadLimit) }

  /// Calls `body` once for each index in `0..<count`; see `Workers.forEach`.
  func forEach(_ count: Int, _ body: @escaping (Int) -> Void) { workers.forEach(count, limit: threadLimit, body) }

  /// OpenBLAS computes on the thread that calls it. Its own threads would fight ours for the same cores, and would make
  /// results depend on their number.
  private static let quietOpenBLAS: Void = openblas_set_num_threads(1)
}
