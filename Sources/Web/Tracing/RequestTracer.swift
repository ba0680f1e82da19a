import Autodiff
import Tracing

/// Starts the spans of requests and of the stages of their work, for swift-distributed-tracing, and puts those that
/// have ended into a queue.
///
/// Without a queue nothing is recorded; a trace that a client has begun is still followed, for the log and the answer.
/// Given to whoever traces and not to `InstrumentationSystem`, so that two services in one process do not mix.
final class RequestTracer: Tracer, Sendable {
  private let queue: SpanQueue?
  /// Of the traces that begin here, so many are recorded.
  private let ratio: Double

  /// - Parameter ratio: 0 to 1; whoever sends a `traceparent` has decided.
  init(queue: SpanQueue? = nil, ratio: Double = 1) {
    self.queue = queue
    self.ratio = ratio
  }

  func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> RequestSpan {
    var context = context()
    let parent = context.trace
    guard let queue else { return RequestSpan(context: context, record: nil, queue: nil) }
    let trace = TraceContext(below: parent) { isSampled(traceID: $0) }
    context.trace = trace
    guard trace.isSampled else { return RequestSpan(context: context, record: nil, queue: nil) }
    let record = SpanRecord(
      trace: trace, parentID: parent?.spanID, name: operationName, kind: kind, start: instant().nanosecondsSinceEpoch)
    return RequestSpan(context: context, record: record, queue: queue)
  }

  /// Whether a trace that begins here is recorded: the same answer for one id wherever it is asked.
  private func isSampled(traceID: String) -> Bool {
    guard ratio < 1, let number = UInt64(traceID.suffix(16), radix: 16) else { return ratio > 0 }
    return Double(number) < ratio * 0x1p64
  }

  func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let parent = extractor.extract(key: TraceContext.parentField, from: carrier) else { return }
    context.trace = TraceContext(
      traceparent: parent, tracestate: extractor.extract(key: TraceContext.stateField, from: carrier))
  }

  func inject<Carrier, Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let trace = context.trace else { return }
    injector.inject(trace.traceparent, forKey: TraceContext.parentField, into: &carrier)
    if !trace.state.isEmpty { injector.inject(trace.state, forKey: TraceContext.stateField, into: &carrier) }
  }

  @available(*, deprecated)
  func forceFlush() {}
}

/// What a span says once it has ended.
struct SpanRecord: Sendable {
  let trace: TraceContext
  let parentID: String?
  var name: String
  let kind: SpanKind
  /// Nanoseconds since 1970.
  let start: UInt64
  var end: UInt64 = 0
  var attributes: SpanAttributes = [:]
  var status: SpanStatus?
  var events: [SpanEvent] = []
  var links: [SpanLink] = []
}

/// A piece of a request's time, as long as it runs.
final class RequestSpan: Span, Sendable {
  let context: ServiceContext
  private let queue: SpanQueue?
  /// Nil where nothing is recorded, and when it has ended.
  private let record: Guarded<SpanRecord?>

  fileprivate init(context: ServiceContext, record: SpanRecord?, queue: SpanQueue?) {
    self.context = context
    self.queue = queue
    self.record = Guarded(record)
  }

  var isRecording: Bool { record.withLock { $0 != nil } }

  var operationName: String {
    get { record.withLock { $0?.name } ?? "" }
    set { record.withLock { $0?.name = newValue } }
  }

  var attributes: SpanAttributes {
    get { record.withLock { $0?.attributes } ?? [:] }
    set { record.withLock { $0?.attributes = newValue } }
  }

  func setStatus(_ status: SpanStatus) { record.withLock { $0?.status = status } }
  func addEvent(_ event: SpanEvent) { record.withLock { $0?.events.append(event) } }
  func addLink(_ link: SpanLink) { record.withLock { $0?.links.append(link) } }

  /// An event by OpenTelemetry's conventions for exceptions.
  func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    var attributes = attributes
    attributes["exception.type"] = String(describing: type(of: error))
    attributes["exception.message"] = "\(error)"
    addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
  }

  func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    let ended = record.withLock { record -> SpanRecord? in
      defer { record = nil }
      return record
    }
    guard var ended else { return }
    ended.end = max(instant().nanosecondsSinceEpoch, ended.start)
    queue?.add(ended)
  }
}
