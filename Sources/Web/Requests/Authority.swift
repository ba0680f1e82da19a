import NIOCore

/// Whom a request is addressed to, as its Host says: `NAME`, `NAME:PORT`, `192.0.2.1:80`, `[2001:db8::1]:80`.
///
/// Source: RFC 9110 section 7.2, RFC 3986 section 3.2.2. A last point and a zone (`%eth0`) do not count.
struct Authority: Hashable, Sendable {
  /// In lower case; an address in the one form that the system writes, without brackets.
  let host: String
  let port: Int?
  /// Whether the host is an IP address and not a name.
  let isAddress: Bool

  init?(_ text: String) {
    // The longest name of the DNS, and a port.
    guard text.utf8.count <= 270 else { return nil }
    let end: String.Index
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      end = text.index(after: bracket)
    } else {
      end = text.firstIndex(of: ":") ?? text.endIndex
    }
    guard case let rest = text[end...], rest.isEmpty || rest.first == ":" else { return nil }
    let digits = rest.dropFirst()
    // No digits at all stand for the usual port.
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.isEmpty || Int(digits).map({ $0 <= 65535 }) == true
    else { return nil }
    self.init(host: String(text[..<end]), port: Int(digits))
  }

  /// - Parameter host: a name, or an address with or without brackets.
  init?(host: String, port: Int? = nil) {
    var text = host.lowercased()[...]
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    if isBracketed { text = text.dropFirst().dropLast() }
    if text.contains(":") { text = text.prefix { $0 != "%" } }
    if let address = try? SocketAddress(ipAddress: String(text), port: 0), let canonical = address.ipAddress {
      guard !isBracketed || address.protocol == .inet6 else { return nil }
      self.init(canonical, port: port, isAddress: true)
      return
    }
    if text.hasSuffix(".") { text = text.dropLast() }
    guard !isBracketed, !text.isEmpty, text.utf8.allSatisfy(Self.isNameByte) else { return nil }
    self.init(String(text), port: port, isAddress: false)
  }

  /// Whether only this machine answers there: `localhost` and the names below it (RFC 6761), 127.0.0.0/8, ::1.
  var isLoopback: Bool {
    isAddress
      ? host.hasPrefix("127.") || host == "::1" || host.hasPrefix("::ffff:127.")
      : host == "localhost" || host.hasSuffix(".localhost")
  }

  /// As it stands in an address of the web.
  var written: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

  /// Without a port that means what none does.
  func droppingPort(_ usual: Int) -> Authority {
    port == usual ? Authority(host, port: nil, isAddress: isAddress) : self
  }

  private init(_ host: String, port: Int?, isAddress: Bool) {
    self.host = host
    self.port = port
    self.isAddress = isAddress
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }
}

/// A host and a port as they stand in an address of the web: an IPv6 address in brackets.
package func writtenAuthority(host: String, port: Int) -> String {
  Authority(host: host, port: port)?.written ?? "\(host):\(port)"
}

/// Whether a text is a host's name or address, without port.
package func isHostName(_ text: String) -> Bool { Authority(host: text) != nil }

/// Where a page comes from, as browsers name it: `https://example.org`, `http://localhost:3000`.
///
/// Source: RFC 6454. `null`, which a browser writes for a page without an address, is none.
package struct Origin: Hashable, Sendable {
  private let scheme: String
  private let authority: Authority

  package init?(_ text: String) {
    guard text.utf8.count <= 300, let mark = text.firstRange(of: "://"),
      let authority = Authority(String(text[mark.upperBound...]))
    else { return nil }
    scheme = text[..<mark.lowerBound].lowercased()
    guard let usual = Self.usualPorts[scheme] else { return nil }
    self.authority = authority.droppingPort(usual)
  }

  package var written: String { "\(scheme)://\(authority.written)" }

  /// Whether a page from here has come from the host that a request is addressed to. Both schemes will do, since a
  /// proxy may take off the encryption.
  func isOwn(of host: Authority) -> Bool { Self.usualPorts[scheme].map { authority == host.droppingPort($0) } ?? false }

  private static let usualPorts = ["http": 80, "https": 443]
}
