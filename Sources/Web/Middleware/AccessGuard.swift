import HTTPTypes
import Hummingbird
import Serving

/// Lets pass who has a token, where tokens are needed, and who has something left of what may be had.
struct AccessGuard: RouterMiddleware {
  typealias Context = GazeRequestContext

  private let access: Access
  private let usage: UsageLedger
  private let signIn: SignInPage?
  private let open: Set<String>

  /// Probes, which have no token: of orchestrators, and of clients of the protocols.
  private static let probes: Set<String> = [
    "/livez", "/readyz", "/healthz", "/ping", "/v2/health/live", "/v2/health/ready",
  ]

  /// - Parameters:
  ///   - signIn: what a browser without a token is shown.
  ///   - open: paths, besides the probes', that hold no secret.
  init(_ access: Access, usage: UsageLedger, signIn: SignInPage?, open: [String]) {
    self.access = access
    self.usage = usage
    self.signIn = signIn
    self.open = Self.probes.union(open).union(access.configuration.opensMetrics ? ["/metrics"] : [])
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    if open.contains(path) || path.hasPrefix("/readyz/") { return try await next(request, context) }
    var allowance = access.configuration.allowance
    if access.tokens != nil {
      guard case .token(let token) = context.asker.credential else {
        if let signIn, request.method == .get, Accept(request.headers).names("text/html") {
          return try signIn.answer(status: .unauthorized, headers: ServiceError.unauthorized.headers)
        }
        if case .unknown = context.asker.credential { throw ServiceError.unknownToken }
        throw ServiceError.unauthorized
      }
      allowance = token.allowance
    }
    guard let standing = try usage.admit(context.client, allowance) else { return try await next(request, context) }
    do {
      var response = try await next(request, context)
      response.headers.tell(standing)
      return response
    } catch {
      var error = ServiceError(error)
      error.headers.tell(standing)
      throw error
    }
  }
}

extension HTTPFields {
  /// Says what is left of an allowance.
  ///
  /// Source: draft-ietf-httpapi-ratelimit-headers-10. Policies: `requests`, and `compute` in seconds.
  mutating func tell(_ standing: Standing) {
    let parts = [("requests", standing.requests, ""), ("compute", standing.computing, ";qu=\"seconds\"")]
      .compactMap { name, part, unit in part.map { (name, $0, unit) } }
    self[.rateLimitPolicy] = parts.map { name, part, unit in
      "\"\(name)\";q=\(part.quota)\(unit);w=\(Swift.max(1, part.window.secondsRoundedUp))"
    }.joined(separator: ", ")
    self[.rateLimit] = parts.map { name, part, _ in
      "\"\(name)\";r=\(part.remaining);t=\(part.reset.secondsRoundedUp)"
    }.joined(separator: ", ")
  }
}

extension HTTPField.Name {
  static let rateLimit = HTTPField.Name("RateLimit")!
  static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
}
