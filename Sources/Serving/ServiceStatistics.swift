package import Autodiff
package import Models

/// What the service holds and has done, at one moment.
package struct ServiceStatistics: Sendable {
  /// The reasons for which kept analyses were dropped, in a fixed order.
  package struct Dropped: Sendable {
    package let reason: String
    package let count: Int
  }

  package let forwardPasses: Int
  package let models: ModelLibrary.Counters
  package let kept: Int
  package let keptBytes: Int
  package let keptBudget: Int
  package let dropped: [Dropped]
  package let slots: Int
  package let load: ComputePool.Load
  package let tensors: BufferPool.Counters
}

extension ExplanationService {
  package var statistics: ServiceStatistics {
    let analyses = store.statistics
    return ServiceStatistics(
      forwardPasses: models.passes.count, models: models.counters, kept: analyses.count, keptBytes: analyses.byteCount,
      keptBudget: store.byteLimit,
      dropped: DropReason.allCases.map { reason in
        ServiceStatistics.Dropped(reason: reason.rawValue, count: analyses.dropped[reason, default: 0])
      },
      slots: limits.computeSlots, load: pool.load, tensors: engine.pool.counters)
  }
}
