import Explain
import HTTPTypes
import Hummingbird

/// What tells one state of an answer from another, so that a client need not be sent what it has.
///
/// Source: RFC 9110 sections 8.8.3 and 13.1.2.
extension HTTPFields {
  /// Whether the client has the answer of this tag already: If-None-Match, compared weakly.
  func knows(_ tag: String) -> Bool {
    self[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }.map { $0.trimmed() }
      .contains { $0 == "*" || Self.opaque($0) == Self.opaque(tag) }
  }

  private static func opaque(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
}

extension Request {
  /// The headers of what a kept analysis gives: an analysis never changes, so its address and query say which answer
  /// it is. A browser keeps the answer and asks each time whether the analysis is still kept: a photograph that was
  /// deleted must not come out of a cache.
  ///
  /// `Hasher` is seeded anew for each process, so no tag outlives the program that made the answer.
  var keptHeaders: HTTPFields {
    var hasher = Hasher()
    hasher.combine(uri.string)
    let hash = String(UInt64(bitPattern: Int64(hasher.finalize())), radix: 16)
    return [.cacheControl: "private, no-cache", .eTag: "\"\(hash)\""]
  }

  /// `304 Not Modified` where the client has the answer of this tag.
  func notModified(_ headers: HTTPFields) -> Response? {
    guard let tag = headers[.eTag], self.headers.knows(tag) else { return nil }
    return Response(status: .notModified, headers: headers)
  }
}
