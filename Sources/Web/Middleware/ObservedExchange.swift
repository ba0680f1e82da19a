import Explain
import HTTPTypes
import HummingbirdCore
import Logging
import Serving
import Tracing

/// A request and its answer, for the log and the trace, when both are over.
struct ObservedExchange: Sendable {
  let request: Request
  /// The pattern that matched.
  let route: String
  let method: String
  let status: HTTPResponse.Status
  /// Of a body whose length is known before it is written.
  let plannedBytes: Int
  let client: Client
  let start: ContinuousClock.Instant
  /// When the answer's head was there.
  let answered: ContinuousClock.Instant
  let record: WorkRecord

  // MARK: Log

  /// - Parameter end: nil where there is no connection.
  func log(to logger: Logger, _ end: AnswerEnd?) {
    guard logger.logLevel <= level else { return }
    let (work, over) = (record.contents, end?.writtenAt ?? .now)
    var fields: Logger.Metadata = [
      "method": .string(method), "route": .string(route), "status": .stringConvertible(status.code),
      "ms": .stringConvertible((over - start).milliseconds), "client": .string("\(client)"),
      "bytes": .stringConvertible(end?.bytes ?? plannedBytes),
    ]
    if let model = work.model { fields["model"] = .string(model) }
    if let explanation = work.method { fields["explanation"] = .string(explanation) }
    if let failure = work.failure { fields["error"] = .string(failure) }
    if isCut(end) { fields["cut"] = .stringConvertible(true) }
    logger.log(level: level, "request", metadata: fields, source: "Web")
  }

  /// Whether the client left before it had the whole answer.
  private func isCut(_ end: AnswerEnd?) -> Bool {
    end.map { $0.writtenAt == nil && status != .clientClosedRequest } ?? false
  }

  /// What orchestrators ask every second is of no interest as long as all is well. A method or a version that HTTP does
  /// not have is no fault of ours.
  private var level: Logger.Level {
    switch status.code {
    case 501, 505: .info
    case 500...: .error
    case ..<400 where isProbe: .debug
    default: .info
    }
  }

  private var isProbe: Bool { route.split(separator: "/").contains { Self.probes.contains(String($0)) } }

  private static let probes: Set<String> = ["healthz", "livez", "readyz", "health", "live", "ready", "ping"]

  // MARK: Trace

  /// Ends the request's span, below which each part of its work has one.
  ///
  /// Source: OpenTelemetry, "Semantic conventions for HTTP spans". The path is told where it is the pattern itself:
  /// others hold the ids of analyses, which whoever knows them may read.
  func end(_ span: RequestSpan, by tracer: RequestTracer, _ end: AnswerEnd?) {
    guard span.isRecording else { return }
    let (work, over) = (record.contents, ContinuousClock.now)
    // Spans have the machine's clock, and the distance between two of them is that of the steady one.
    let now = DefaultTracerClock.now.nanosecondsSinceEpoch
    func time(_ instant: ContinuousClock.Instant) -> DefaultTracerClock.Timestamp {
      .init(nanosecondsSinceEpoch: now &- UInt64(max((over - instant).nanoseconds, 0)))
    }
    for part in work.spans {
      tracer.startSpan(part.stage.rawValue, context: span.context, ofKind: .internal, at: time(part.start))
        .end(at: time(part.end))
    }
    span.operationName = route == "unmatched" ? spanMethod : "\(spanMethod) \(route)"
    span.attributes = attributes(of: work, end)
    if status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
    span.end(at: time(over))
  }

  private var spanMethod: String { method == "other" ? "HTTP" : method }

  private func attributes(of work: WorkRecord.Contents, _ end: AnswerEnd?) -> SpanAttributes {
    var attributes: SpanAttributes = [:]
    attributes.set("http.request.method", value: .string(method == "other" ? "_OTHER" : method))
    attributes.set("http.response.status_code", value: .int64(Int64(status.code)))
    attributes.set("http.response.body.size", value: .int64(Int64(end?.bytes ?? plannedBytes)))
    attributes.set("url.scheme", value: .string("http"))
    attributes.set("client.address", value: .string("\(client)"))
    attributes.set("network.protocol.name", value: .string("http"))
    if route != "unmatched" { attributes.set("http.route", value: .string(route)) }
    if route == request.uri.path { attributes.set("url.path", value: .string(route)) }
    if status.code != 421, let host = request.head.authority.flatMap(Authority.init) {
      attributes.set("server.address", value: .string(host.host))
      if let port = host.port { attributes.set("server.port", value: .int64(Int64(port))) }
    }
    if status.code >= 500 { attributes.set("error.type", value: .string(work.failure ?? String(status.code))) }
    if let model = work.model { attributes.set("gaze.model", value: .string(model)) }
    if let method = work.method { attributes.set("gaze.method", value: .string(method)) }
    return attributes
  }
}
