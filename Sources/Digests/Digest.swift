import CCrypto

/// A message digest: what tells one content from another.
package struct Digest: Hashable, Sendable {
  package let bytes: [UInt8]

  /// In lower-case hexadecimal, two digits a byte.
  package var hexadecimal: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  /// - Parameter text: two hexadecimal digits a byte, in either case; anything else is no digest.
  package init?(hexadecimal text: String) {
    let digits = text.map { $0.isASCII ? $0.hexDigitValue : nil }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0]! << 4 | digits[$0 + 1]!) }
  }

  fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

  /// Whether this is the digest of a secret, found in a time that does not depend on where they differ.
  package func isEqual(toSecret digest: [UInt8]) -> Bool {
    bytes.count == digest.count && CRYPTO_memcmp(bytes, digest, bytes.count) == 0
  }

  /// SHA-256 of a content that is in memory as a whole.
  package static func sha256(of content: some Collection<UInt8>) -> Digest {
    var builder = DigestBuilder(.sha256)
    builder.add(content)
    return builder.digest()
  }
}

package enum DigestAlgorithm: Sendable {
  /// FIPS 180-4.
  case sha256
  /// RFC 1321: good against accidents, not against forgery.
  case md5
}

/// Takes a content piece by piece; computed by libcrypto.
package struct DigestBuilder: ~Copyable {
  private let context: OpaquePointer

  package init(_ algorithm: DigestAlgorithm) {
    guard let context = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a digest") }
    self.context = context
    let function =
      switch algorithm {
      case .sha256: EVP_sha256()
      case .md5: EVP_md5()
      }
    let status = EVP_DigestInit_ex(context, function, nil)
    precondition(status == 1, "libcrypto refuses \(algorithm); it may be restricted to FIPS' algorithms")
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func add(_ content: some Collection<UInt8>) {
    let status = content.contiguously { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(status == 1, "libcrypto could not go on with a digest")
  }

  /// The digest of all that was added.
  package consuming func digest() -> Digest {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let status = EVP_DigestFinal_ex(context, &bytes, &count)
    precondition(status == 1, "libcrypto could not end a digest")
    return Digest(bytes: Array(bytes.prefix(Int(count))))
  }
}

extension Collection<UInt8> {
  /// Calls `body` with all bytes in a row; they are copied only where they do not lie so.
  func contiguously<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
  }
}
