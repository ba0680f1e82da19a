import Audit
import Hummingbird
import Serving

/// Has every answer wait until what was done for it stands in the audit log. Where that cannot be, the answer is that
/// the service is not available.
struct AuditMiddleware: RouterMiddleware {
  typealias Context = GazeRequestContext

  let trail: AuditTrail

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let record = trail.newRecord()
    let response = try await RequestRecord.$current.withValue(record) { try await next(request, context) }
    let events = record.events
    guard !events.isEmpty else { return response }
    let exchange = AuditTrail.Exchange(
      request: context.id, route: Observation.route(of: context), client: context.client,
      status: response.status.code)
    do throws(AuditLogError) {
      try await trail.write(events, of: exchange)
      return response
    } catch {
      return try ServiceError(ServingError.auditUnavailable).response(as: ErrorForm(path: request.uri.path))
    }
  }
}
