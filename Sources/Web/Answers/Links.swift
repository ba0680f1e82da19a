import Hummingbird
import Models
import Serving

/// The addresses that answers name: those under the address that was asked.
///
/// `/api/v1` is `/api` with a promise: what is added to it breaks no client. Who asks under one of the two is sent on
/// under the same one.
struct Links: Hashable, Sendable {
  /// Where Gaze's own interface stands, without the slash before and after.
  static let apiAddresses = ["api", "api/v1"]

  /// What stands before every path; empty where the service has a whole host to itself.
  let prefix: String
  /// `/api` or `/api/v1`, behind the prefix.
  private let api: String

  /// - Parameter path: of the request, without the prefix.
  init(prefix: String, asked path: String) {
    self.prefix = prefix
    let versioned = "/" + Self.apiAddresses[1]
    api = prefix + (path.hasPrefix(versioned + "/") ? versioned : "/" + Self.apiAddresses[0])
  }

  func analysis(_ id: AnalysisID) -> String { "\(api)/analyses/\(id)" }

  /// The page that shows an analysis.
  func page(_ id: AnalysisID) -> String { "\(prefix)/analyses/\(id)" }

  func model(_ name: String) -> String { "\(api)/models/\(name)" }
}

extension FaceContext {
  func links(for request: Request) -> Links { Links(prefix: pathPrefix, asked: request.uri.path) }
}
