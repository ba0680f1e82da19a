import Glibc
import NIOCore

/// Who is at the other end, as far as fairness goes: an IPv4 address, or the network of an IPv6 address (its first 64
/// bits, of which one customer has at least one).
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
  let description: String

  init(_ address: SocketAddress?) {
    let text = address?.ipAddress ?? "local"
    var bytes = [UInt8](repeating: 0, count: 16)
    guard case .v6? = address, inet_pton(AF_INET6, text, &bytes) == 1 else {
      description = text
      return
    }
    let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    let network = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
    description =
      isMapped ? bytes.suffix(4).map(String.init).joined(separator: ".") : network.joined(separator: ":") + "::/64"
  }
}
