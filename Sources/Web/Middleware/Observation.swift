import HTTPTypes
import Hummingbird
import Logging

/// Counts every request and writes one line about it: method, route, status, time, size. Never an address, a query or a
/// body.
struct Observation: RouterMiddleware {
  typealias Context = GazeRequestContext

  let metrics: ServiceMetrics

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    let duration = ContinuousClock.now - start
    let route = Self.route(of: context)
    let method = Self.knownMethods.contains(request.method) ? request.method.rawValue : "other"
    response.headers[.requestID] = context.id
    metrics.record(route: route, method: method, status: response.status.code, duration: duration)
    context.logger.info(
      "request",
      metadata: [
        "method": "\(method)", "route": "\(route)", "status": "\(response.status.code)",
        "ms": "\(duration.milliseconds)", "bytes": "\(response.body.contentLength ?? 0)",
      ])
    return response
  }

  static let knownMethods: Set<HTTPRequest.Method> = [
    .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
  ]

  /// The pattern that matched, never the path itself: paths hold ids, and their number has no bound.
  static func route(of context: Context) -> String {
    switch context.endpointPath {
    case nil, "NotFound": "unmatched"
    case let path?: path.hasPrefix("/") ? path : "/" + path
    }
  }
}
