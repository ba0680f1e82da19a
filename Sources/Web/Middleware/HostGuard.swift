import Explain
import HTTPTypes
import Hummingbird

/// Refuses requests that are addressed to a name which is not this service's, before anything else is looked at.
///
/// A page of a foreign name can have that name lead to this machine (DNS rebinding); the browser then takes both for
/// one origin, and only the Host tells them apart. It needs a name for it, so where the service listens on more than
/// this machine itself, addresses are taken.
struct HostGuard: RouterMiddleware {
  typealias Context = GazeRequestContext

  private let names: Set<String>
  private let takesAll: Bool
  private let takesAddresses: Bool

  init(_ configuration: ServiceConfiguration) {
    let own = Authority(host: configuration.host)
    takesAll = configuration.allowedHosts.contains("*")
    takesAddresses = own.map { !$0.isLoopback } ?? true
    names = Set((configuration.allowedHosts.map { Authority(host: $0) } + [own]).compactMap { $0?.host })
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    // The first Host becomes the authority; any others stay among the fields.
    guard let text = request.head.authority, !request.headers.contains(.host), let host = Authority(text) else {
      throw ServiceError.badHost
    }
    guard takes(host) else { throw ServiceError.foreignHost(host.host) }
    // A proxy that addresses the service by another name says which one the client used; both must be ours.
    if let text = context.asker.forwardedHost {
      guard let forwarded = Authority(text) else { throw ServiceError.badHost }
      guard takes(forwarded) else { throw ServiceError.foreignHost(forwarded.host) }
    }
    return try await next(request, context)
  }

  private func takes(_ host: Authority) -> Bool {
    takesAll || host.isLoopback || names.contains(host.host) || takesAddresses && host.isAddress
  }
}

extension HTTPField.Name {
  fileprivate static let host = HTTPField.Name("Host")!
}
