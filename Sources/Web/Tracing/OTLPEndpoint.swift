import Foundation

/// Where a collector takes spans: the base address of OTLP over HTTP, such as `http://127.0.0.1:4318`.
package struct OTLPEndpoint: Hashable, Sendable {
  package let host: String
  package let port: Int
  /// Of the requests for traces, below the address' own path.
  package let path: String

  /// - Throws: `OTLPEndpointError` where the address is none that can be used.
  package init(_ text: String) throws(OTLPEndpointError) {
    guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, parts.user == nil,
      parts.query == nil, parts.fragment == nil, (1...65535).contains(parts.port ?? 80), text.utf8.count <= 2048
    else { throw .malformed(text) }
    switch parts.scheme?.lowercased() {
    case "http": break
    case "https": throw .encrypted(text)
    default: throw .malformed(text)
    }
    // Without the brackets of an IPv6 address.
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    port = parts.port ?? 80
    let base = parts.percentEncodedPath
    path = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/v1/traces"
  }

  /// The address that gives this endpoint.
  package var written: String { "http://\(authority)\(path.dropLast("/v1/traces".count))" }

  /// As a `Host` field names it.
  var authority: String { writtenAuthority(host: host, port: port) }
}

/// Why spans cannot be sent to an address. Each says what would work.
package enum OTLPEndpointError: Error, CustomStringConvertible {
  case malformed(String)
  case encrypted(String)

  package var description: String {
    switch self {
    case .malformed(let text):
      "'\(text)' is not the address of a collector; give scheme, host and port, such as http://127.0.0.1:4318."
    case .encrypted(let text):
      "Traces are sent by plain HTTP, so not to '\(text)'. Run an OpenTelemetry Collector beside Gaze that sends them on "
        + "by HTTPS, and give its address, such as http://127.0.0.1:4318."
    }
  }
}
