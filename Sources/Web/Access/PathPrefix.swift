/// What stands before every path of the service where it shares a host with others: `/gaze`.
///
/// A request may come with it or, from a proxy that takes it off, without; the addresses in answers always have it.
package enum PathPrefix {
  /// Whether a text can be one: parts of letters, digits, `-`, `.`, `_`, `~`, each after a slash; or nothing.
  package static func isValid(_ text: String) -> Bool {
    guard !text.isEmpty else { return true }
    guard text.utf8.count <= 200, text.hasPrefix("/") else { return false }
    return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._~".contains($0)) }
    }
  }

  /// The path of a request without the prefix.
  static func removed(_ prefix: String, from path: String) -> String {
    guard !prefix.isEmpty, path.hasPrefix(prefix) else { return path }
    let rest = path.dropFirst(prefix.count)
    switch rest.first {
    case "/": return String(rest)
    case nil, "?": return "/" + rest
    default: return path
    }
  }
}
