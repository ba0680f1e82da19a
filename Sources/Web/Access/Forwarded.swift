import HTTPTypes

/// Which header fields the proxies write. Only one kind is believed: a proxy passes on what it does not know, and then
/// the other kind is the client's word.
package enum ForwardedFields: String, CaseIterable, Sendable {
  /// `X-Forwarded-For`, `X-Forwarded-Host`, `X-Forwarded-Proto`.
  case xForwarded = "x-forwarded"
  /// `Forwarded` (RFC 7239).
  case forwarded
}

/// What a proxy says of a request that it passes on: who sent it to whom, by which scheme.
struct Forwarded: Hashable, Sendable {
  /// The addresses that it came through, the client's first. Each proxy adds the one that it was asked by at the end;
  /// what stands before that, anybody may have written. Nil for one that is no address.
  var path: [IPAddress?] = []
  /// As the client named the service; of the last proxy that says so.
  var host: String?
  var scheme: String?

  /// More hops than any request takes; what lies further from us is not looked at.
  private static let mostHops = 64

  init(_ headers: HTTPFields, in fields: ForwardedFields) {
    switch fields {
    case .xForwarded:
      path = Self.elements(headers[values: .xForwardedFor]).suffix(Self.mostHops).map { Self.address($0[...]) }
      host = Self.elements(headers[values: .xForwardedHost]).last
      scheme = Self.elements(headers[values: .xForwardedProto]).last?.lowercased()
    case .forwarded:
      for element in Self.elements(headers[values: .forwarded]).suffix(Self.mostHops) {
        let pairs = Self.pairs(element)
        path.append(pairs["for"].flatMap { Self.address($0[...]) })
        if let value = pairs["host"] { host = value }
        if let value = pairs["proto"] { scheme = value.lowercased() }
      }
    }
  }

  /// The client: from the end on the first address that is no proxy of ours. An entry that is no address ends the
  /// search; then it is the last address that one of ours gave.
  ///
  /// - Parameter peer: the other end of the connection, a proxy of ours.
  func client(from peer: IPAddress, trusting proxies: [AddressRange]) -> IPAddress {
    var client = peer
    for address in path.reversed() {
      guard let address else { break }
      client = address
      guard proxies.contains(where: { $0.contains(address) }) else { break }
    }
    return client
  }

  /// The elements of a list that may be spread over several fields, split at commas outside of quotation marks.
  private static func elements(_ values: [String]) -> [String] {
    values.flatMap { $0.split(outsideQuotesAt: ",") }.map { $0.trimmed }.filter { !$0.isEmpty }
  }

  private static func pairs(_ element: String) -> [String: String] {
    var pairs: [String: String] = [:]
    for pair in element.split(outsideQuotesAt: ";") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      var value = String(parts[1]).trimmed
      if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
      pairs[String(parts[0]).trimmed.lowercased()] = value
    }
    return pairs
  }

  /// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`.
  private static func address(_ text: Substring) -> IPAddress? {
    if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
      return IPAddress(String(text[text.index(after: text.startIndex)..<bracket]))
    }
    let isIPv4WithPort = text.filter { $0 == ":" }.count == 1
    return IPAddress(String(isIPv4WithPort ? text.prefix { $0 != ":" } : text))
  }
}

extension String {
  fileprivate var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let tail = drop(while: isBlank)
    return String(tail.reversed().drop(while: isBlank).reversed())
  }

  fileprivate func split(outsideQuotesAt separator: Character) -> [String] {
    var (parts, part, isQuoted) = ([String](), "", false)
    for character in self {
      if character == "\"" { isQuoted.toggle() }
      if character == separator && !isQuoted {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    return parts + [part]
  }
}

extension HTTPField.Name {
  fileprivate static let forwarded = HTTPField.Name("Forwarded")!
  fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
  fileprivate static let xForwardedHost = HTTPField.Name("X-Forwarded-Host")!
  fileprivate static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
}
