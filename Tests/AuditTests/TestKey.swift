import Audit
import Digests
import Foundation

/// The first test vector of RFC 8032, section 7.1, as a file of openssl has it.
enum TestKey {
  static let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
  static let publicBytes = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
  static let signatureOfNothing = bytes(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
  )

  static let pem = pem("PRIVATE", bytes("302e020100300506032b657004220420") + seed)
  static let publicPEM = pem("PUBLIC", bytes("302a300506032b6570032100") + publicBytes)
  static let otherPEM = pem("PRIVATE", bytes("302e020100300506032b657004220420") + seed.reversed())

  static func key() throws -> SigningKey { try SigningKey(pem: Array(pem.utf8)) }
  static func other() throws -> SigningKey { try SigningKey(pem: Array(otherPEM.utf8)) }

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
  }

  private static func pem(_ kind: String, _ der: [UInt8]) -> String {
    "-----BEGIN \(kind) KEY-----\n\(Data(der).base64EncodedString())\n-----END \(kind) KEY-----\n"
  }
}
