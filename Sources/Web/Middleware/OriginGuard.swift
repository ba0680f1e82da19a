import HTTPTypes
import Hummingbird

/// Refuses what pages of other sites have a browser send, where it changes or costs something: every method but those
/// that only read. Browsers say who asks (`Sec-Fetch-Site`, older ones `Origin`); clients that are no browser say
/// neither, and nobody can make them ask.
///
/// Origins that the operator lists may ask and read (CORS); their preflight requests are answered here.
///
/// Source: Fetch Standard, section "HTTP-network-or-cache fetch" and "CORS protocol"; W3C Fetch Metadata.
struct OriginGuard: RouterMiddleware {
  typealias Context = GazeRequestContext

  let allowed: Set<Origin>

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let origin = request.headers[.origin].flatMap(Origin.init)
    let isListed = origin.map(allowed.contains) ?? false
    if isListed, request.method == .options, request.headers.contains(.accessControlRequestMethod) {
      return Response(status: .noContent, headers: Self.preflight)
    }
    guard Self.reading.contains(request.method) || isListed || Self.isFromHere(request, origin, context.asker) else {
      throw ServiceError.foreignOrigin
    }
    return try await next(request, context)
  }

  private static let reading: Set<HTTPRequest.Method> = [.get, .head, .options]

  private static func isFromHere(_ request: Request, _ origin: Origin?, _ asker: Asker) -> Bool {
    if let site = request.headers[.secFetchSite] { return site == "same-origin" || site == "none" }
    guard request.headers.contains(.origin) else { return true }
    guard let host = (asker.forwardedHost ?? request.head.authority).flatMap(Authority.init) else { return false }
    return origin?.isOwn(of: host) ?? false
  }

  private static let preflight: HTTPFields = [
    .accessControlAllowMethods: "GET, HEAD, POST, DELETE",
    .accessControlAllowHeaders: "Authorization, Content-Type, If-None-Match, X-Request-Id, traceparent, tracestate",
    .accessControlMaxAge: "600",
  ]
}

/// Lets pages of the listed origins read answers, errors too. Without a list nothing is said.
struct OriginHeaders: RouterMiddleware {
  typealias Context = GazeRequestContext

  let allowed: Set<Origin>

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard !allowed.isEmpty else { return response }
    response.headers.vary(by: "Origin")
    guard let text = request.headers[.origin], let origin = Origin(text), allowed.contains(origin) else {
      return response
    }
    response.headers[.accessControlAllowOrigin] = text
    response.headers[.timingAllowOrigin] = text
    response.headers[.accessControlExposeHeaders] =
      "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Gaze-Class, X-Gaze-Scale, "
      + "X-Gaze-Status, X-Request-Id, traceparent"
    return response
  }
}

extension HTTPFields {
  /// Tells caches that the answer depends on this field of the request.
  mutating func vary(by field: String) {
    guard let others = self[.vary], !others.isEmpty else {
      self[.vary] = field
      return
    }
    self[.vary] = "\(others), \(field)"
  }
}

extension HTTPField.Name {
  fileprivate static let timingAllowOrigin = HTTPField.Name("Timing-Allow-Origin")!
  fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
