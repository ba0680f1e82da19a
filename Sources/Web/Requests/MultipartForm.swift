import Explain
import Glibc

/// A `multipart/form-data` body, cut into its parts.
///
/// Source: RFC 7578 (form-data) and RFC 2046 section 5.1.1 (the delimiter lines). Strict where browsers and HTTP
/// libraries agree: lines end in CRLF, the last delimiter must be there, nothing is nested. Every bound below is
/// checked before anything is copied.
struct MultipartForm: Sendable {
  struct Part: Sendable {
    /// The field's name.
    let name: String
    /// As the client sent it, where it did. It is never used as a path.
    let filename: String?
    /// Whether it is a file and no text: it has a file's name, which RFC 7578 lets a client leave out, or a type that
    /// says so.
    let isFile: Bool
    let body: ArraySlice<UInt8>
  }

  let parts: [Part]

  static let maximumParts = 32
  static let maximumHeaderBytes = 4096

  /// - Parameters:
  ///   - bytes: the whole body.
  ///   - contentType: the request's Content-Type, which names the boundary.
  ///   - maximumParts: more are refused.
  init(
    _ bytes: [UInt8], contentType: String, maximumParts: Int = Self.maximumParts
  ) throws(MultipartError) {
    guard let boundary = Self.boundary(of: contentType) else { throw .noBoundary }
    var scanner = DelimiterScanner(bytes, boundary: boundary)
    guard var delimiter = scanner.next() else { throw .noDelimiter }
    var parts: [Part] = []
    while !delimiter.isLast {
      guard parts.count < maximumParts else { throw .tooManyParts(maximumParts) }
      guard let following = scanner.next() else { throw .truncated }
      parts.append(try Self.part(bytes[delimiter.end..<max(following.start, delimiter.end)]))
      delimiter = following
    }
    self.parts = parts
  }

  /// The image: the file field called `image`, `file` or `data`, else the first file of any field.
  var file: Part? {
    let files = files
    return ["image", "file", "data"].lazy.compactMap { name in files.first { $0.name == name } }.first ?? files.first
  }

  /// The files of any field, in order.
  var files: [Part] { parts.filter(\.isFile) }

  /// The text fields, in order.
  var texts: [(name: String, value: String)] {
    parts.filter { !$0.isFile }.map { ($0.name, String(decoding: $0.body, as: UTF8.self)) }
  }

  /// Whether a Content-Type announces such a body.
  static func isAnnounced(by contentType: String?) -> Bool {
    guard let contentType else { return false }
    let type = contentType.prefix { $0 != ";" }
    return type.trimmed().lowercased() == "multipart/form-data"
  }

  /// 1 to 70 characters of the set that RFC 2046 allows; others cannot stand in a delimiter line.
  private static func boundary(of contentType: String) -> [UInt8]? {
    guard let value = HeaderParameters(contentType)["boundary"] else { return nil }
    let allowed = Set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ".utf8)
    let bytes = Array(value.utf8)
    guard (1...70).contains(bytes.count), bytes.allSatisfy(allowed.contains), bytes.last != UInt8(ascii: " ") else {
      return nil
    }
    return bytes
  }

  /// A part: header lines, an empty line, the body.
  private static func part(_ bytes: ArraySlice<UInt8>) throws(MultipartError) -> Part {
    let head = bytes.prefix(maximumHeaderBytes)
    let headers: ArraySlice<UInt8>
    let body: ArraySlice<UInt8>
    if head.starts(with: crlf) {
      (headers, body) = (head.prefix(0), bytes.dropFirst(crlf.count))
    } else if let end = find(crlf + crlf, in: head) {
      (headers, body) = (bytes[bytes.startIndex..<end], bytes[(end + 2 * crlf.count)...])
    } else {
      throw .headersTooLong
    }
    let lines = String(decoding: headers, as: UTF8.self).split(separator: "\r\n")
    func header(_ name: String) -> HeaderParameters? {
      lines.lazy.compactMap { line -> HeaderParameters? in
        guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { return nil }
        return HeaderParameters(String(line[line.index(after: colon)...]))
      }.first
    }
    let disposition = header("content-disposition")
    guard let disposition, disposition.value == "form-data", let name = disposition["name"] else { throw .noName }
    let filename = disposition["filename"] ?? disposition["filename*"]
    let type = header("content-type")?.value ?? ""
    return Part(
      name: name, filename: filename,
      isFile: filename != nil || type.hasPrefix("image/") || type == "application/octet-stream", body: body)
  }
}

/// How a form can lie.
enum MultipartError: Error, Equatable, CustomStringConvertible {
  case noBoundary
  case noDelimiter
  case truncated
  case tooManyParts(Int)
  case headersTooLong
  case noName

  var description: String {
    switch self {
    case .noBoundary: "The form's Content-Type names no usable boundary; let the HTTP library set that header."
    case .noDelimiter: "The form holds no part: its boundary lines, ended by CRLF, are missing."
    case .truncated: "The form ends before its last boundary line; send it again."
    case .tooManyParts(let limit):
      "The form has more than \(limit) parts; send fewer files, and the fields they need."
    case .headersTooLong:
      "A part of the form has no end of headers within \(MultipartForm.maximumHeaderBytes) bytes; lines must end in CRLF."
    case .noName: "A part of the form has no Content-Disposition with a field name."
    }
  }
}

private let crlf = Array("\r\n".utf8)

/// Finds the lines `--boundary` and `--boundary--`. A line that only begins so belongs to the data.
private struct DelimiterScanner {
  struct Delimiter {
    /// Where the delimiter's own line break begins: the end of what stands before it.
    let start: Int
    /// Behind its line.
    let end: Int
    let isLast: Bool
  }

  private let bytes: [UInt8]
  private let dashes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], boundary: [UInt8]) {
    self.bytes = bytes
    dashes = Array("--".utf8) + boundary
  }

  mutating func next() -> Delimiter? {
    while let found = find(dashes, in: bytes[position...]) {
      let isAtStart = found == 0
      // The line break before a delimiter belongs to it; an empty part's is that of the delimiter before.
      let hasBreak = found >= 2 && bytes[found - 2] == 0x0D && bytes[found - 1] == 0x0A
      position = found + dashes.count
      guard isAtStart || hasBreak, let (end, isLast) = lineEnd(from: position) else { continue }
      // Not after the line, but on its break: that may be the next delimiter's.
      position = isLast ? end : end - 2
      return Delimiter(start: isAtStart ? 0 : found - 2, end: end, isLast: isLast)
    }
    return nil
  }

  /// Behind the delimiter's line, if nothing but blanks (transport padding) follows on it.
  private func lineEnd(from start: Int) -> (end: Int, isLast: Bool)? {
    var index = start
    let isLast = bytes[index...].starts(with: "--".utf8)
    if isLast { index += 2 }
    while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    if bytes[index...].starts(with: crlf) { return (index + crlf.count, isLast) }
    return isLast && index == bytes.count ? (index, true) : nil
  }
}

/// Index of the first occurrence.
private func find(_ needle: [UInt8], in haystack: ArraySlice<UInt8>) -> Int? {
  haystack.withUnsafeBytes { bytes in
    guard let base = bytes.baseAddress else { return nil }
    var start = 0
    while bytes.count - start >= needle.count,
      let found = memchr(base + start, Int32(needle[0]), bytes.count - start - needle.count + 1)
    {
      if memcmp(found, needle, needle.count) == 0 { return haystack.startIndex + (UnsafeRawPointer(found) - base) }
      start = UnsafeRawPointer(found) - base + 1
    }
    return nil
  }
}
