/// Calls a body once for each index below a count, in any order and perhaps on several threads, and returns when all is done: what a caller
/// with threads lends to work that can be cut. Results do not depend on it.
package typealias ParallelLoop = (_ count: Int, _ body: @escaping (Int) -> Void) -> Void

/// The loop of callers without threads.
package func onThisThread(_ count: Int, _ body: (Int) -> Void) {
  for index in 0..<count { body(index) }
}
