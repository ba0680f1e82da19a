import Glibc

/// Who asks: whoever shares this value shares what the service has to give.
package struct Client: Hashable, Sendable {
  private enum Kind: Hashable {
    case local
    case ipv4(UInt32)
    /// The first 64 bits: a network of one household or one company, within which addresses cost nothing.
    case ipv6(UInt64)
    case name(String)
    case token(String)
  }

  private let kind: Kind

  private init(_ kind: Kind) { self.kind = kind }

  /// Somebody without an address, such as this process itself.
  package static let local = Client(.local)

  /// Whoever has the token of this name, from wherever they ask.
  package static func token(_ name: String) -> Client { Client(.token(name)) }

  /// Whoever asks from an address: IPv4 as it is, also where it is mapped into IPv6; of IPv6 the first 64 bits. Any
  /// other text is a name of its own.
  package init(address: String) {
    let numeric = address.prefix { $0 != "%" }
    if let bytes = Self.bytes(of: numeric, AF_INET, count: 4) {
      kind = .ipv4(UInt32(Self.number(bytes)))
    } else if let bytes = Self.bytes(of: numeric, AF_INET6, count: 16) {
      let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
      kind = isMapped ? .ipv4(UInt32(Self.number(bytes[12...]))) : .ipv6(Self.number(bytes[..<8]))
    } else {
      kind = .name(address)
    }
  }

  /// An address in network order; nil if the text is none of this family.
  private static func bytes(of text: Substring, _ family: Int32, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, String(text), &bytes) == 1 ? bytes : nil
  }

  private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The address as people write it, of IPv6 the network; or the name of a token.
extension Client: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .local: "local"
    case .ipv4(let address):
      stride(from: 24, through: 0, by: -8).map { String(UInt8(truncatingIfNeeded: address >> $0)) }
        .joined(separator: ".")
    case .ipv6(let network):
      stride(from: 48, through: 0, by: -16).map { String(UInt16(truncatingIfNeeded: network >> $0), radix: 16) }
        .joined(separator: ":") + "::/64"
    case .name(let name): name
    case .token(let name): "token:\(name)"
    }
  }
}
