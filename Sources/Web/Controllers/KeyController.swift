import Audit
import Digests
import Hummingbird

/// The public keys by which receipts can be verified.
struct KeyController: Sendable {
  let keys: [PublicKey]

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self).get("keys", use: list)
  }

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(KeySet(keys))
  }
}
