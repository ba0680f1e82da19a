import Explain
import Foundation

extension WrittenFields {
  /// As a query, with the question mark.
  var query: String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~,:")
    return "?"
      + pairs.map { "\($0.name)=\($0.value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
      .joined(separator: "&")
  }
}
