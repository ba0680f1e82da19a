import Explain
import Foundation
import HTTPTypes
import Hummingbird

/// What an address under `/v1/models` names: a model, a version of it or a label that stands for one, and what is asked
/// of it.
///
/// A model of the store has one version, 1, which the labels `stable` and `latest` stand for.
struct ServableAddress: Sendable {
  /// Percent-decoded.
  let model: String
  /// What follows the colon.
  let verb: String?

  static let version = "1"
  static let labels = ["stable", "latest"]

  init(_ context: GazeRequestContext) throws {
    let parameters = context.parameters
    let (name, verb) = try Self.parts(of: parameters.require("model"))
    model = name
    let (versionText, labelText) = (parameters.get("version"), parameters.get("label"))
    guard let text = versionText ?? labelText else {
      self.verb = verb
      return
    }
    // The verb stands at the end.
    guard verb == nil else { throw ServiceError.notFound }
    let (chosen, verbOfChosen) = try Self.parts(of: text)
    self.verb = verbOfChosen
    if versionText != nil {
      guard chosen == Self.version else { throw ServiceError.unknownVersion(chosen, of: name) }
    } else {
      guard Self.labels.contains(chosen) else { throw ServiceError.unknownLabel(chosen, of: name) }
    }
  }

  /// `NAME` or `NAME:VERB`, percent-decoded; some clients encode the colon, too.
  private static func parts(of text: String) throws(ServiceError) -> (name: String, verb: String?) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let decoded = String(parts[0]).removingPercentEncoding else {
      throw .badRequest("The model's name cannot be read: its percent-encoding is not UTF-8.")
    }
    if parts.count == 2 { return (decoded, String(parts[1])) }
    let again = decoded.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(again[0]), again.count == 2 ? String(again[1]) : nil)
  }
}

/// Takes the fixed parts of addresses under `/v1/models` in any case, as TensorFlow Serving does: routes are compared
/// letter by letter, so such an address is written as the route is before it is looked for.
struct ServableAddressCase<Next: HTTPResponder>: HTTPResponder where Next.Context == GazeRequestContext {
  let next: Next

  func respond(to request: Request, context: GazeRequestContext) async throws -> Response {
    guard let path = Self.written(request.head.path ?? "") else {
      return try await next.respond(to: request, context: context)
    }
    var head = request.head
    head.path = path
    return try await next.respond(to: Request(head: head, body: request.body), context: context)
  }

  /// The address with its fixed parts in lower case; nil where they are, or where it is another's.
  static func written(_ target: String) -> String? {
    guard target.prefix(11).lowercased() == "/v1/models/" else { return nil }
    let end = target.firstIndex(of: "?") ?? target.endIndex
    var parts = target[..<end].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    // /v1/models/NAME/versions/N/metadata: names, numbers and labels stand at the even places.
    for place in [1, 2, 4, 6] where place < parts.count { parts[place] = parts[place].lowercased() }
    let path = parts.joined(separator: "/")
    return path == target[..<end] ? nil : path + target[end...]
  }
}
