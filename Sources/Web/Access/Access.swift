import HTTPTypes
import Logging
import Serving

/// Tells who asks, from a request's head and the connection that it came on.
final class Access: Sendable {
  let configuration: AccessConfiguration
  /// Nothing where nobody needs a token.
  let tokens: TokenKeeper?

  /// Everybody may ask, and no proxy is believed.
  static let everybody = Access()

  private init() { (configuration, tokens) = (AccessConfiguration(), nil) }

  init(_ configuration: AccessConfiguration, logger: Logger) throws {
    self.configuration = configuration
    tokens = try configuration.tokens.map { try TokenKeeper($0, logger: logger) }
  }

  func asker(of request: HTTPRequest, from connection: Connection) -> Asker {
    var asker = Asker(client: connection.client)
    if let peer = connection.address, configuration.trustedProxies.contains(where: { $0.contains(peer) }) {
      let forwarded = Forwarded(request.headerFields, in: configuration.forwardedFields)
      let client = forwarded.client(from: peer, trusting: configuration.trustedProxies)
      asker.client = Client(address: client.written)
      asker.forwardedHost = forwarded.host
      asker.isSecure = forwarded.scheme == "https"
    }
    if let tokens { asker.identify(request.headerFields, by: tokens.current) }
    return asker
  }
}

/// Who asks, and under which name of the service.
struct Asker: Sendable {
  enum Credential: Sendable {
    case none
    /// One that is in no list, any more or ever.
    case unknown
    case token(Token)
  }

  /// The address, or the token.
  var client: Client
  var credential = Credential.none
  /// What the client called the service, where a trusted proxy says so.
  var forwardedHost: String?
  /// Whether the client's side of a trusted proxy is encrypted.
  var isSecure = false

  /// What the token is called by which somebody is signed in; nil where there is none.
  var name: String? {
    if case .token(let token) = credential { token.name } else { nil }
  }

  /// The cookie that stands for the field in a browser.
  static let cookie = "gaze-session"

  /// Takes up the token of `Authorization: Bearer TOKEN` (RFC 6750), or else that of the page's cookie.
  fileprivate mutating func identify(_ headers: HTTPFields, by list: TokenList) {
    guard let secret = Self.bearer(headers) ?? Self.session(headers) else { return }
    credential = list.find(secret).map { .token($0) } ?? .unknown
    if case .token(let token) = credential { client = token.client }
  }

  private static func bearer(_ headers: HTTPFields) -> Substring? {
    guard let text = headers[.authorization] else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return parts[1].drop { $0 == " " }
  }

  private static func session(_ headers: HTTPFields) -> Substring? {
    for field in headers[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if parts.count == 2, parts[0] == cookie { return parts[1] }
      }
    }
    return nil
  }
}
