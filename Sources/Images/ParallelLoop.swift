/// Calls a body once for each index below a count, in any order and perhaps from several threads at once, and returns
/// when all calls have: what a caller with threads lends to work that can be cut. Results do not depend on it.
package typealias ParallelLoop = @Sendable (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

/// The loop of callers without threads.
package func onThisThread(_ count: Int, _ body: @Sendable (Int) -> Void) {
  for index in 0..<count { body(index) }
}
