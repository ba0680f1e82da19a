/// A receipt as it is handed out: its own keys, and `signature` beside them where there is a key to sign with.
package struct IssuedReceipt: Encodable, Sendable {
  package let receipt: Receipt
  let signer: (any ReceiptSigner)?

  private enum CodingKeys: String, CodingKey { case signature }

  package func encode(to encoder: any Encoder) throws {
    try receipt.encode(to: encoder)
    guard let signer else { return }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(try signer.signature(of: receipt), forKey: .signature)
  }
}

/// Signs receipts, when they are encoded.
package protocol ReceiptSigner: Sendable {
  func signature(of receipt: Receipt) throws(ReceiptSigningError) -> ReceiptSignature
}

/// What stands beside a receipt. What is signed, and how, is described in docs/audit.md.
package struct ReceiptSignature: Encodable, Hashable, Sendable {
  let algorithm: String
  /// The key's name, by which its public half is found.
  let key: String
  /// In Base64.
  let value: String

  package init(algorithm: String, key: String, value: String) {
    self.algorithm = algorithm
    self.key = key
    self.value = value
  }
}

/// A receipt that has no text, and so no signature.
package struct ReceiptSigningError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
