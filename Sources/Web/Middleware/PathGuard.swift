import Hummingbird

/// An address with an empty part (`//healthz`, `/healthz/`) names nothing. The router would pass over such parts, and
/// rules of a proxy in front of the service, which do not, could be got round.
struct PathGuard: RouterMiddleware {
  typealias Context = GazeRequestContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    guard path == "/" || !path.hasSuffix("/") && !path.contains("//") else { throw ServiceError.notFound }
    return try await next(request, context)
  }
}
