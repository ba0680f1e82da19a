package import Digests
import Explain
import Foundation

/// A receipt as somebody brings it, hostile until it is looked at.
package struct BroughtReceipt: Hashable, Sendable {
  package let json: JSONTree

  /// The receipts of a file: `receipt.json`, `saliency.json`, or what `gaze explain` wrote; one or several.
  package static func all(in file: JSONTree) -> [BroughtReceipt] {
    if let list = file["receipts"]?.list ?? file["maps"]?.list { return list.flatMap(all) }
    let json = file["receipt"] ?? file
    guard json["gaze"]?.text != nil, json["model"]?.isObject == true, json["map"]?.isObject == true else { return [] }
    return [BroughtReceipt(json: json)]
  }

  package var digest: String { receiptDigest(of: json).hexadecimal }

  /// nil for a receipt that has none of this name: one from before there were digests.
  package func contentDigest(_ name: String) -> String? { json["digests"]?[name]?.text }

  package var version: Int? { json["version"]?.whole }

  /// The instruction set that the map was computed with.
  package var isa: String? { json["isa"]?.text }

  package enum SignatureState: Hashable, Sendable {
    case unsigned
    /// The name of the key, which is none of those that are known.
    case otherKey(String)
    case wrong
    case right(String)
  }

  package func signatureState(knowing keys: [PublicKey]) -> SignatureState {
    guard let signature = json["signature"] else { return .unsigned }
    let name = signature["key"]?.text ?? "?"
    guard let key = keys.first(where: { $0.name == name }) else { return .otherKey(name) }
    let bytes = signature["value"]?.text.flatMap { Data(base64Encoded: $0) }.map([UInt8].init) ?? []
    let isRight =
      signature["algorithm"] == .text(ReceiptKey.algorithm) && key.verifies(bytes, of: signedContent(of: json))
    return isRight ? .right(name) : .wrong
  }
}
