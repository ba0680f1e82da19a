import Hummingbird

/// Answers a request that the connection found faulty, as any other error is answered: in JSON, with a line in the log
/// and a count.
struct RequestFaults: RouterMiddleware {
  typealias Context = GazeRequestContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let fault = context.fault { throw fault }
    return try await next(request, context)
  }
}
