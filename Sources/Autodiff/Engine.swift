import COpenBLAS

/// What every operation needs besides its operands: where memory comes from and who computes.
package struct Engine: Sendable {
  package let pool: BufferPool
  package let workers: Workers

  package init(pool: BufferPool = BufferPool(), threadCount: Int = Workers.onlineProcessors) {
    Self.quietOpenBLAS
    self.pool = pool
    workers = Workers(threadCount: threadCount)
  }

  /// Threads that share a loop.
  var threads: Int { workers.share }

  /// Calls `body` once for each index in `0..<count`; see `Workers.run`, whose conditions the tasks must keep.
  func forEach(_ count: Int, _ body: (Int) -> Void) { workers.run(count, body) }

  /// OpenBLAS computes on the thread that calls it. Its own threads would fight ours for the same cores, and would make
  /// results depend on their number.
  ///
  /// They are there from the moment that the library is loaded, and wait for work awake for some 30 ms, on a core that
  /// starting needs; so they are ended. The function is exported but in no header, and a build without threads does not
  /// have it. It comes last: setting the number of threads would start them again.
  private static let quietOpenBLAS: Void = {
    openblas_set_num_threads(1)
    if let address = Platform.function(named: "blas_thread_shutdown_") {
      _ = unsafeBitCast(address, to: (@convention(c) () -> Int32).self)()
    }
  }()
}
