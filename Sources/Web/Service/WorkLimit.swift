import Explain
import Synchronization

/// How much one request may compute, and whether its client is still there: asked between passes through the network.
struct WorkLimit: Sendable {
  /// Samples, masks, steps or points of curves, all maps of a request together.
  let maximumPasses: Int
  let maximumTime: Duration

  /// Refuses what would take too many passes, before the first.
  func check(passes: Int, remedy: String) throws(ServiceError) {
    guard passes <= maximumPasses else {
      throw .badRequest(
        "That would take \(passes) passes through the network; the limit of a request is \(maximumPasses). \(remedy)")
    }
  }

  /// Runs work that stops between two passes when nobody waits for it any more, or when it has taken too long.
  func run<Result>(_ cancellation: Cancellation, _ work: (PassProgress) throws -> Result) throws -> Result {
    let deadline = ContinuousClock.now + maximumTime
    let progress = PassProgress(
      report: { _, _ in }, isCancelled: { cancellation.isCancelled || ContinuousClock.now >= deadline })
    try cancellation.check()
    do {
      return try work(progress)
    } catch AttributionError.cancelled {
      try cancellation.check()
      throw ServiceError.tookTooLong(maximumTime)
    }
  }
}

extension MapRequest {
  /// How many passes the method's own numbers ask for; 0 where the network's size decides. The gradient takes a reverse pass for each
  /// class; changed images are run once for all.
  func passes(classes: Int = 1) -> Int {
    let isGradient = MethodCatalog.entries.contains { $0.name == method.name && $0.family == .gradient }
    let numbers = method.method.parameters.map { parameter in
      switch (parameter.name, parameter.value) {
      case ("samples", .integer(let count)), ("masks", .integer(let count)), ("steps", .integer(let count)): count
      default: 0
      }
    }
    let copies =
      switch augmentation {
      case .none: 1
      case .flip: 2
      case .flipAndScale: 6
      }
    return numbers.reduce(0, +) * copies * max(layers.count, 1) * (isGradient ? classes : 1)
  }
}
