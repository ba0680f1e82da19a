/// How far a long computation is, and whether anybody still wants it.
package struct PassProgress: Sendable {
  private let report: @Sendable (_ done: Int, _ total: Int) -> Void
  private let isCancelled: @Sendable () -> Bool

  /// - Parameters:
  ///   - report: called on the thread that computes, with passes through the network: forward passes, or reverse ones
  ///     of a method that makes no others. The total is at most what the method's `cost` says.
  ///   - isCancelled: asked between passes, on the thread that computes.
  package init(
    report: @escaping @Sendable (_ done: Int, _ total: Int) -> Void, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.report = report
    self.isCancelled = isCancelled
  }

  /// Nobody looks and nobody cancels.
  package static let none = PassProgress(report: { _, _ in }, isCancelled: { false })

  /// Says that `done` of `total` passes are through.
  package func step(_ done: Int, of total: Int) throws(AttributionError) {
    report(done, total)
    if isCancelled() { throw .cancelled }
  }

  /// The progress of one of `count` computations, which may have different totals: for more than one in thousandths of
  /// each.
  func part(_ index: Int, of count: Int) -> PassProgress {
    if count == 1 { return self }
    return PassProgress(
      report: { done, total in report(1000 * index + 1000 * done / max(total, 1), 1000 * count) },
      isCancelled: isCancelled)
  }
}
