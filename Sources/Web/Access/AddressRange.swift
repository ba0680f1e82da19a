import Glibc

/// A network of IP addresses, as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network of one.
package struct AddressRange: Hashable, Sendable {
  private let address: IPAddress
  private let bits: Int

  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { return nil }
    self.address = address
    guard parts.count == 2 else {
      bits = address.bytes.count * 8
      return
    }
    guard parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let bits = Int(parts[1]),
      (0...address.bytes.count * 8).contains(bits)
    else { return nil }
    self.bits = bits
  }

  package var written: String { bits == address.bytes.count * 8 ? address.written : "\(address.written)/\(bits)" }

  func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    let whole = bits / 8
    guard other.bytes[..<whole] == address.bytes[..<whole] else { return false }
    return bits % 8 == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> (8 - bits % 8) == 0
  }
}

/// An IP address by its bytes, in network order: 4, or 16. An IPv4 address that is mapped into IPv6 is an IPv4 address.
struct IPAddress: Hashable, Sendable {
  let bytes: [UInt8]

  init?(_ text: String) {
    guard text.utf8.count <= 64 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self.bytes = Array(bytes[..<4])
    } else if inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &bytes) == 1 {
      let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
      self.bytes = isMapped ? Array(bytes[12...]) : bytes
    } else {
      return nil
    }
  }

  var written: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
      return ""
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
