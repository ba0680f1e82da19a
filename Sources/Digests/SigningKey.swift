import CCrypto

/// A private key of Ed25519 (RFC 8032), as `openssl genpkey -algorithm ed25519` writes it. Any number of threads may
/// sign with it.
///
/// `@unchecked Sendable`: the key never changes after `init`, and libcrypto shares keys that are only read.
package final class SigningKey: @unchecked Sendable {
  private let key: OpaquePointer
  package let publicKey: PublicKey

  /// - Parameter pem: an unencrypted private key, PKCS#8 in PEM (`BEGIN PRIVATE KEY`).
  package init(pem: [UInt8]) throws(KeyError) {
    // A pass phrase is asked for by nobody: libcrypto would ask at the terminal.
    guard let key = reading(pem, { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }) else {
      throw .notAPrivateKey
    }
    guard let publicKey = PublicKey(of: key) else {
      EVP_PKEY_free(key)
      throw .otherAlgorithm
    }
    self.key = key
    self.publicKey = publicKey
  }

  deinit { EVP_PKEY_free(key) }

  /// 64 bytes; the same for the same message.
  package func signature(of message: some Collection<UInt8>) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a signature") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: PublicKey.signatureLength)
    var count = signature.count
    let isDone = message.contiguously { message in
      EVP_DigestSignInit(context, nil, nil, nil, key) == 1
        && EVP_DigestSign(context, &signature, &count, message.baseAddress, message.count) == 1
    }
    precondition(isDone && count == signature.count, "libcrypto could not sign")
    return signature
  }
}

/// The public half of a key of Ed25519.
package struct PublicKey: Hashable, Sendable {
  fileprivate static let length = 32
  fileprivate static let signatureLength = 64

  /// 32 bytes, as RFC 8032 encodes the point.
  package let bytes: [UInt8]

  /// - Parameter pem: a public key (`BEGIN PUBLIC KEY`).
  package init(pem: [UInt8]) throws(KeyError) {
    guard let key = reading(pem, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }) else { throw .notAPublicKey }
    defer { EVP_PKEY_free(key) }
    guard let publicKey = PublicKey(of: key) else { throw .otherAlgorithm }
    self = publicKey
  }

  /// nil unless there are 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// nil for a key of another algorithm.
  fileprivate init?(of key: OpaquePointer) {
    guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.length)
    var count = bytes.count
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// Whether a signature is this key's, of this message.
  package func verifies(_ signature: [UInt8], of message: some Collection<UInt8>) -> Bool {
    guard signature.count == Self.signatureLength,
      let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
    else { return false }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a signature") }
    defer { EVP_MD_CTX_free(context) }
    let isRight = message.contiguously { message in
      EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
        && EVP_DigestVerify(context, signature, signature.count, message.baseAddress, message.count) == 1
    }
    ERR_clear_error()
    return isRight
  }
}

/// Why a file is no key for signatures.
package enum KeyError: Error, Hashable, CustomStringConvertible {
  case notAPrivateKey
  case notAPublicKey
  case otherAlgorithm

  package var description: String {
    switch self {
    case .notAPrivateKey:
      "it is no unencrypted private key in PEM; 'openssl genpkey -algorithm ed25519 -out key.pem' makes one"
    case .notAPublicKey:
      "it is no public key in PEM; 'openssl pkey -in key.pem -pubout -out public.pem' takes it from a private one"
    case .otherAlgorithm:
      "it is a key of another algorithm than Ed25519; 'openssl genpkey -algorithm ed25519 -out key.pem' makes one"
    }
  }
}

private func reading(_ pem: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
  pem.withUnsafeBufferPointer { bytes in
    guard let file = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
    defer {
      BIO_free(file)
      ERR_clear_error()
    }
    return read(file)
  }
}
