import Audit
import Hummingbird
import Serving

/// Has every answer wait until what was done for it stands in the audit log. Where that cannot be, the answer is that
/// the service is not available. Of an answer that is made while it is written, such as a stream of events, the line
/// comes at its end.
struct AuditMiddleware: RouterMiddleware {
  typealias Context = GazeRequestContext

  let trail: AuditTrail

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let record = trail.newRecord()
    var response = try await RequestRecord.$current.withValue(record) { try await next(request, context) }
    let exchange = AuditTrail.Exchange(
      request: context.id, route: Observation.route(of: context), client: context.client,
      status: response.status.code)
    let events = record.events
    do throws(AuditLogError) {
      try await trail.write(events, of: exchange)
    } catch {
      return try ServiceError(ServingError.auditUnavailable).response(as: ErrorForm(path: request.uri.path))
    }
    if response.body.contentLength == nil {
      response.body = logged(response.body, by: record, after: events.count, exchange)
    }
    return response
  }

  /// A body, and then what was begun while it was made.
  private func logged(
    _ body: ResponseBody, by record: RequestRecord, after count: Int, _ exchange: AuditTrail.Exchange
  ) -> ResponseBody {
    ResponseBody { [trail] writer in
      do {
        try await RequestRecord.$current.withValue(record) { try await body.write(writer) }
      } catch {
        try await trail.write(Array(record.events.dropFirst(count)), of: exchange)
        throw error
      }
      try await trail.write(Array(record.events.dropFirst(count)), of: exchange)
    }
  }
}
