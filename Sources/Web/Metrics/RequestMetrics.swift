import Autodiff
import CoreMetrics
import Explain
import HTTPTypes
import Images
import Serving

/// What is recorded of each request, by swift-metrics. Names, units and labels are Prometheus': base units, counters
/// that end in `_total`, labels of few values.
///
/// Costs some ten microseconds a request.
struct RequestMetrics: Sendable {
  private let factory: any MetricsFactory
  private let subjects = BoundedSubjects()

  init(_ factory: any MetricsFactory) { self.factory = factory }

  /// In the order in which they are written.
  static let descriptions: [MetricsRegistry.Description] = [
    .init(name: requests, help: "Requests answered, by route pattern, method and status."),
    .init(
      name: durations, help: "Time from a request's head to its answer's head, by route pattern.", bounds: seconds),
    .init(
      name: stages, help: "Time of one request in one stage of its work, by stage, model and method.",
      bounds: seconds),
    .init(name: maps, help: "Maps that were answered, by model, method and whether they were computed or remembered."),
    .init(name: lookups, help: "Kept analyses that were asked for, by what became of the id."),
    .init(name: images, help: "Sizes of the files that were decoded, by format.", bounds: bytes),
    .init(name: cancelled, help: "Requests whose work was stopped before its end, by who or what stopped it."),
  ]

  private static let requests = "gaze_requests_total"
  private static let durations = "gaze_request_duration_seconds"
  private static let stages = "gaze_stage_duration_seconds"
  private static let maps = "gaze_maps_total"
  private static let lookups = "gaze_analysis_lookups_total"
  private static let images = "gaze_image_bytes"
  private static let cancelled = "gaze_requests_cancelled_total"

  /// From a static file to the longest that a request may compute.
  private static let seconds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
  ]
  /// From a thumbnail to the largest body.
  private static let bytes = (0...8).map { Double(1024 << (2 * $0)) }

  /// - Parameter route: the pattern that matched; there must be a bounded number of them.
  func record(route: String, method: String, status: Int, duration: Duration) {
    count(Self.requests, [("route", route), ("method", method), ("status", String(status))])
    time(Self.durations, [("route", route)], duration)
  }

  /// What a request had the service do.
  func record(_ work: WorkRecord.Contents, status: HTTPResponse.Status) {
    if let reason = Cancellation(work, status) { count(Self.cancelled, [("reason", reason.rawValue)]) }
    for (lookup, number) in work.lookups { count(Self.lookups, [("result", lookup.rawValue)], number) }
    for image in work.images {
      Recorder(label: Self.images, dimensions: [("format", image.format?.rawValue ?? "pixels")], factory: factory)
        .record(image.byteCount)
    }
    // What neither waited for its turn nor knew a model is the business of routes.
    guard work.times[.queue] != nil || work.model != nil else { return }
    let (model, method) = subjects.bounded(work.model ?? Self.none, work.method ?? Self.none)
    for (stage, duration) in work.times {
      time(Self.stages, [("stage", stage.rawValue), ("model", model), ("method", method)], duration)
    }
    for (source, number) in [("computed", work.computedMaps), ("remembered", work.rememberedMaps)] where number > 0 {
      count(Self.maps, [("model", model), ("method", method), ("source", source)], number)
    }
  }

  /// The label of requests that name no method, such as uploads, or that were refused before their model was known.
  private static let none = "none"

  private func count(_ name: String, _ labels: [(String, String)], _ number: Int = 1) {
    Counter(label: name, dimensions: labels, factory: factory).increment(by: number)
  }

  private func time(_ name: String, _ labels: [(String, String)], _ duration: Duration) {
    Timer(label: name, dimensions: labels, factory: factory).recordNanoseconds(duration.nanoseconds)
  }
}

/// Who or what stopped a request's work.
private enum Cancellation: String {
  case client
  /// The service is being stopped.
  case ending
  /// It had computed for as long as a request may.
  case limit

  init?(_ work: WorkRecord.Contents, _ status: HTTPResponse.Status) {
    switch work.failure {
    case ServiceError.Code.ending.rawValue: self = .ending
    case ServiceError.Code.tookTooLong.rawValue: self = .limit
    default:
      guard status == .clientClosedRequest else { return nil }
      self = .client
    }
  }
}

/// Models with methods, up to a number of pairs: a store whose models come and go for months has no bound.
private final class BoundedSubjects: Sendable {
  private struct Subject: Hashable {
    let model: String
    let method: String
  }

  private static let limit = 64
  private static let other = Subject(model: "other", method: "other")

  private let known = Guarded<Set<Subject>>([])

  /// The pair itself, or what stands for all that came later.
  func bounded(_ model: String, _ method: String) -> (model: String, method: String) {
    let subject = Subject(model: model, method: method)
    let shown = known.withLock { known in
      if known.count < Self.limit { known.insert(subject) }
      return known.contains(subject) ? subject : Self.other
    }
    return (shown.model, shown.method)
  }
}
