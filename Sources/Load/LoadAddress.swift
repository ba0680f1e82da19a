import Foundation

/// Where a server listens: `http://HOST[:PORT][/PREFIX]`.
package struct LoadAddress: Hashable, Sendable {
  package let host: String
  package let port: Int
  /// What stands before every path, without a slash at its end.
  package let prefix: String

  /// - Throws: `LoadError.address` where the text is no address of plain HTTP.
  package init(_ text: String) throws(LoadError) {
    guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "http", let host = parts.host,
      !host.isEmpty, parts.query == nil, parts.fragment == nil, parts.user == nil
    else { throw .address(text) }
    // An IPv6 address stands in brackets.
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    port = parts.port ?? 80
    prefix =
      parts.percentEncodedPath.hasSuffix("/") ? String(parts.percentEncodedPath.dropLast()) : parts.percentEncodedPath
  }

  /// As it stands in `Host`.
  package var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// Why a server cannot be driven. Each says what would work.
package enum LoadError: Error, Hashable, CustomStringConvertible {
  case address(String)
  case unreachable(LoadAddress, reason: String)
  case descriptors(needed: Int, limit: Int)

  package var description: String {
    switch self {
    case .address(let text):
      "'\(text)' is not an address of plain HTTP; give one such as http://127.0.0.1:8080. For TLS, drive the server behind the proxy."
    case .unreachable(let address, let reason):
      "Nothing answers at http://\(address.authority)\(address.prefix) (\(reason)); start the server, or leave out the address to have one started."
    case .descriptors(let needed, let limit):
      "\(needed) connections need more open files than this shell allows (\(limit)); use fewer, or raise it by ulimit -n."
    }
  }
}
