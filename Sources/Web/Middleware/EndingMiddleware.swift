import HTTPTypes
import Hummingbird

/// Counts what runs, hands on to it how the service is to end, and has clients close their connections then.
struct EndingMiddleware: RouterMiddleware {
  typealias Context = GazeRequestContext

  let ending: Ending

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try await ending.whileRunning {
      var context = context
      context.ending = ending
      var response = try await next(request, context)
      if ending.draining.isOpen { response.headers[.connection] = "close" }
      return response
    }
  }
}
