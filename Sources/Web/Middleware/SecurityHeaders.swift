import HTTPTypes
import Hummingbird

/// Headers on every answer: nothing is guessed, framed, or loaded from elsewhere, and nothing is kept by caches unless
/// the answer says so.
struct SecurityHeaders: RouterMiddleware {
  typealias Context = GazeRequestContext

  private static let policy = [
    "default-src 'self'", "img-src 'self' blob: data:", "style-src 'self'", "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'", "form-action 'self'",
  ].joined(separator: "; ")

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = Self.policy
    // Not "no-referrer": with that a browser hides the origin of the page's own forms, too (see OriginGuard).
    response.headers[.referrerPolicy] = "same-origin"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}
