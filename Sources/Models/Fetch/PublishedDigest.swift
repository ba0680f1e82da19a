import Digests
import Foundation
import Networks

extension PublishedDigest {
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
  init?(ofFile path: String) { self.init(ofFiles: [path]) }

  /// Of several files, one after the other; nil if one of them cannot be read.
  init?(ofFiles paths: [String]) {
    var sha256 = DigestBuilder(.sha256)
    var md5 = DigestBuilder(.md5)
    for path in paths {
      guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
      defer { try? handle.close() }
      do {
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
          sha256.add(chunk)
          md5.add(chunk)
        }
      } catch {
        return nil
      }
    }
    self.sha256 = sha256.digest().hexadecimal
    self.md5 = md5.digest().hexadecimal
  }
}
