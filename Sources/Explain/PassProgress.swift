/// How far a long computation is, and whether anybody still wants it.
package struct PassProgress: Sendable {
  private let report: @Sendable (_ done: Int, _ total: Int) -> Void
  private let isCancelled: @Sendable () -> Bool
  private var partial: PartialWatch<[MethodResult]>?

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

  /// The same for a method whose maps somebody wants to see before they are whole.
  func showing(_ partial: PartialWatch<[MethodResult]>?) -> PassProgress {
    var progress = self
    progress.partial = partial
    return progress
  }

  /// Whether somebody wants to see maps before they are whole, now and then.
  var isWatched: Bool { partial != nil }

  /// Shows what the results would be, were the method broken off here, if somebody wants to see it now.
  ///
  /// - Parameter results: what cannot be worked out yet is not shown.
  func offer(_ results: () throws(AttributionError) -> [MethodResult]) {
    guard let partial, partial.isDue(), let results = try? results() else { return }
    partial.show(results)
  }

  /// The progress of a stretch of a computation, `done` of whose `total` passes are through before it.
  func after(_ done: Int, of total: Int) -> PassProgress {
    PassProgress(report: { further, _ in report(done + further, total) }, isCancelled: isCancelled)
  }

  /// The progress of one of `count` computations, which may have different totals: for more than one in thousandths of
  /// each.
  package func part(_ index: Int, of count: Int) -> PassProgress {
    if count == 1 { return self }
    return PassProgress(
      report: { done, total in report(1000 * index + 1000 * done / max(total, 1), 1000 * count) },
      isCancelled: isCancelled)
  }
}

/// Somebody who wants to see what comes of a computation before it is through. All is called on the thread that
/// computes, which nothing here may hold up.
package struct PartialWatch<Value>: Sendable {
  /// Whether there is to be anything to see now: making it takes time.
  let isDue: @Sendable () -> Bool
  let show: @Sendable (Value) -> Void

  package init(isDue: @escaping @Sendable () -> Bool, show: @escaping @Sendable (Value) -> Void) {
    self.isDue = isDue
    self.show = show
  }

  /// The same of what a value is made of.
  func showing<Part>(_ value: @escaping @Sendable (Part) -> Value) -> PartialWatch<Part> {
    PartialWatch<Part>(isDue: isDue) { show(value($0)) }
  }
}
