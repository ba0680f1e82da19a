import Foundation

/// Status and header fields of an HTTP answer, gathered line by line.
struct ResponseHead {
  private(set) var status = 0
  private var fields: [String: String] = [:]

  /// Those that are looked at; what else a server says is not kept.
  private static let names: Set = ["content-length", "content-range", "etag", "last-modified", "location"]

  /// Takes a line with its end; returns whether it ends the head of the final answer (status 200 and above).
  mutating func add(_ line: UnsafeRawBufferPointer) -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // Heads of interim answers (status 1xx) come before the final one.
      fields = [:]
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.trimmed) } ?? 0
    } else if let colon = text.firstIndex(of: ":") {
      let name = text[..<colon].lowercased()
      if Self.names.contains(name) { fields[name] = String(text[text.index(after: colon)...].trimmed) }
    }
    return text.trimmed.isEmpty && status >= 200
  }

  /// Bytes of the body; nil if nobody says.
  var contentLength: Int? { fields["content-length"].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }
  var contentRange: ContentRange? { fields["content-range"].flatMap(ContentRange.init) }

  /// What tells this version of the file from others; weak entity tags do not.
  var validator: String? {
    if let tag = fields["etag"], !tag.hasPrefix("W/") { return tag }
    return fields["last-modified"]
  }

  /// Where a redirect leads, as it stands.
  var redirect: String? { [301, 302, 303, 307, 308].contains(status) ? fields["location"] : nil }
}

extension StringProtocol {
  /// Without the white space around it.
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// `bytes FIRST-LAST/TOTAL` of a response with status 206 (RFC 9110, section 14.4).
struct ContentRange: Hashable {
  let first: Int
  let total: Int

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let numbers = parts[1].split(whereSeparator: { $0 == "-" || $0 == "/" }).map { Int($0) }
    guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2],
      first >= 0, first <= last, last == total - 1
    else { return nil }
    self.first = first
    self.total = total
  }
}
