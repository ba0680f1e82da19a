package import Digests
package import Explain
import Foundation

/// What is signed of a receipt: everything but the signature, and but what `gaze explain` writes beside a receipt into
/// one file.
package func signedContent(of receipt: JSONTree) -> [UInt8] {
  receipt.without(["signature", "source", "request"]).canonical
}

/// By which a receipt is known in a log: SHA-256 of what is signed of it.
package func receiptDigest(of receipt: JSONTree) -> Digest { .sha256(of: signedContent(of: receipt)) }

/// Signs receipts by a key of Ed25519.
package struct ReceiptKey: ReceiptSigner {
  package let key: SigningKey

  package static let algorithm = "Ed25519"

  package init(_ key: SigningKey) { self.key = key }

  package func signature(of receipt: Receipt) throws(ReceiptSigningError) -> ReceiptSignature {
    let content: [UInt8]
    do { content = signedContent(of: try JSONTree(encoding: receipt)) } catch {
      throw ReceiptSigningError("a receipt cannot be written as JSON: \(error)")
    }
    return ReceiptSignature(
      algorithm: Self.algorithm, key: key.publicKey.name,
      value: Data(key.signature(of: content)).base64EncodedString())
  }
}

extension PublicKey {
  /// The key's name in signatures: its JWK thumbprint, RFC 7638 and 8037.
  package var name: String {
    base64URL(Digest.sha256(of: Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(base64URL(bytes))"}"#.utf8)).bytes)
  }
}

extension SigningKey {
  /// Reads a private key that nobody but its owner and the owner's group may read.
  package static func read(from path: String) throws(KeyFileError) -> SigningKey {
    let bytes = try KeyFileError.content(of: path)
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o007 == 0 else { throw .readByAll(path) }
    do { return try SigningKey(pem: bytes) } catch { throw .notAKey(path, error) }
  }
}

extension PublicKey {
  /// Reads public keys: one in PEM, or the answer of `GET /api/keys`.
  package static func read(from path: String) throws(KeyFileError) -> [PublicKey] {
    let bytes = try KeyFileError.content(of: path)
    do {
      if let set = try? JSONTree(parsing: bytes), let keys = KeySet.keys(in: set), !keys.isEmpty { return keys }
      return [try PublicKey(pem: bytes)]
    } catch {
      throw .notAKey(path, error)
    }
  }
}

/// Public keys as a JWK set, RFC 7517 and 8037.
package struct KeySet: Encodable, Sendable {
  private struct Key: Encodable {
    let alg = "EdDSA"
    let crv = "Ed25519"
    let kid: String
    let kty = "OKP"
    let use = "sig"
    let x: String
  }

  private let keys: [Key]

  package init(_ keys: [PublicKey]) {
    self.keys = keys.map { Key(kid: $0.name, x: base64URL($0.bytes)) }
  }

  /// nil unless this is such a set; keys of other algorithms are left out.
  static func keys(in set: JSONTree) -> [PublicKey]? {
    set["keys"]?.list?.compactMap { key in
      guard key["crv"] == "Ed25519", let x = key["x"]?.text, let bytes = bytes(ofBase64URL: x) else { return nil }
      return PublicKey(bytes: bytes)
    }
  }
}

/// Why there is no key.
package enum KeyFileError: Error, CustomStringConvertible {
  case unreadable(String)
  case readByAll(String)
  case notAKey(String, KeyError)

  package var description: String {
    switch self {
    case .unreadable(let path): "The key \(path) cannot be read; check the path and its permissions."
    case .readByAll(let path):
      "Everybody on this machine may read the private key \(path). Close it ('chmod 600 \(path)'), and make a new one if anybody could have."
    case .notAKey(let path, let error): "\(path) cannot be used: \(error)."
    }
  }

  /// Longest file that is looked at: a key in PEM has some hundred bytes.
  private static let maximumBytes = 1 << 20

  fileprivate static func content(of path: String) throws(KeyFileError) -> [UInt8] {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable(path) }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: maximumBytes) else { throw .unreadable(path) }
    return [UInt8](data)
  }
}

private func base64URL(_ bytes: [UInt8]) -> String {
  Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

private func bytes(ofBase64URL text: String) -> [UInt8]? {
  let padded = text.replacing("-", with: "+").replacing("_", with: "/")
  return Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)).map([UInt8].init)
}
