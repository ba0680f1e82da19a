import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving
import Tracing

/// Sees each request come and its answer go, and tells of it four times: in the metrics, in a line of the log, in a
/// trace, and in the answer's own headers. Never of an address, a query or a body.
struct Observation: RouterMiddleware {
  typealias Context = GazeRequestContext

  let metrics: RequestMetrics
  let tracer: RequestTracer

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var context = context
    let start = ContinuousClock.now
    let span = startSpan(request)
    if let id = requestID(of: request.headers) { context.logger[metadataKey: "hb.request.id"] = .string(id) }
    if let trace = span.context.trace { context.logger[metadataKey: "trace_id"] = .string(trace.traceID) }

    let record = WorkRecord()
    var response = try await ServiceContext.withValue(span.context) {
      try await WorkRecord.$current.withValue(record) { try await next(request, context) }
    }

    let answered = ContinuousClock.now
    let route = Self.route(of: context)
    let method = Self.knownMethods.contains(request.method) ? request.method.rawValue : "other"
    response.headers[.requestID] = context.id
    response.headers[.serverTiming] = serverTiming(of: record.contents, total: answered - start)
    if let trace = span.context.trace { response.headers[.traceparent] = trace.traceparent }
    metrics.record(route: route, method: method, status: response.status.code, duration: answered - start)
    if response.body.contentLength == nil { response.body = recorded(response.body, by: record) }

    let exchange = ObservedExchange(
      request: request, route: route, method: method, status: response.status,
      plannedBytes: response.body.contentLength ?? 0, client: context.client, start: start, answered: answered,
      record: record)
    let (metrics, tracer, logger) = (metrics, tracer, context.logger)
    let isOver: @Sendable (AnswerEnd?) -> Void = { end in
      if let writtenAt = end?.writtenAt { record.add(.write, from: answered, to: writtenAt) }
      metrics.record(record.contents, status: exchange.status)
      exchange.log(to: logger, end)
      exchange.end(span, by: tracer, end)
    }
    // A test asks the router without a connection.
    if let origin = RequestOrigin.current { origin.whenOver(isOver) } else { isOver(nil) }
    return response
  }

  private func startSpan(_ request: Request) -> RequestSpan {
    var parent = ServiceContext.topLevel
    tracer.extract(request.headers, into: &parent, using: FieldExtractor())
    return tracer.startSpan("request", context: parent, ofKind: .server)
  }

  /// A body that is made while it is written: the work for it belongs to the request, too.
  private func recorded(_ body: ResponseBody, by record: WorkRecord) -> ResponseBody {
    ResponseBody { writer in try await WorkRecord.$current.withValue(record) { try await body.write(writer) } }
  }

  static let knownMethods: Set<HTTPRequest.Method> = [
    .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect, .query,
  ]

  /// The pattern that matched, never the path itself: paths hold ids, and their number has no bound.
  static func route(of context: Context) -> String {
    switch context.endpointPath {
    case nil, "NotFound": "unmatched"
    case let path?: path.hasPrefix("/") ? path : "/" + path
    }
  }
}

extension HTTPRequest.Method {
  /// A question that has a body: known, so that it is refused as what an address does not take.
  fileprivate static let query = HTTPRequest.Method("QUERY")!
}

extension HTTPField.Name {
  static let serverTiming = HTTPField.Name("Server-Timing")!
}
