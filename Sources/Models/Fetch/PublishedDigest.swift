import Digests
import Foundation

/// What a publisher says about a file's content, in lower-case hexadecimal.
package enum PublishedDigest: Hashable, Sendable, CustomStringConvertible {
  /// The SHA-256, or as many of its first digits as are published.
  case sha256(String)
  /// Good against accidents, not against forgery.
  case md5(String)

  package var description: String {
    switch self {
    case .sha256(let digits): digits.count == 64 ? "SHA-256 \(digits)" : "SHA-256 \(digits)…"
    case .md5(let digits): "MD5 \(digits)"
    }
  }

  /// Whether a file has this digest.
  func matches(_ digests: FileDigests) -> Bool {
    switch self {
    case .sha256(let digits): digests.sha256.hasPrefix(digits)
    case .md5(let digits): digests.md5 == digits
    }
  }
}

/// Digests of a file's content (FIPS 180-4, RFC 1321), in hexadecimal, from one reading.
struct FileDigests: Hashable, Sendable {
  let sha256: String
  let md5: String

  /// nil if the file cannot be read.
  init?(ofFile path: String) {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    var sha256 = DigestBuilder(.sha256)
    var md5 = DigestBuilder(.md5)
    do {
      while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        sha256.add(chunk)
        md5.add(chunk)
      }
    } catch {
      return nil
    }
    self.sha256 = sha256.digest().hexadecimal
    self.md5 = md5.digest().hexadecimal
  }
}
