import Hummingbird

/// Refuses what no route can be meant by.
///
/// A method that HTTP does not have is nobody's. An address with an empty part (`//healthz`, `/healthz/`) names
/// nothing: the router would pass over such parts, and rules of a proxy in front of the service, which do not, could be
/// got round.
struct PathGuard: RouterMiddleware {
  typealias Context = GazeRequestContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard Observation.knownMethods.contains(request.method) else { throw ServiceError.unknownMethod }
    let path = request.uri.path
    guard path == "/" || !path.hasSuffix("/") && !path.contains("//") else { throw ServiceError.notFound }
    return try await next(request, context)
  }
}
