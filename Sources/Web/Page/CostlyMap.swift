import Explain
import Serving

/// A map that a page's address asks for and that takes long: the page states its cost, and shows a quick map until
/// somebody says that it is worth that. A link must not set off minutes of computing by being looked at.
struct CostlyMap {
  /// How its method is called.
  let method: String
  /// "about 20 s".
  let cost: String
  /// Where it is computed.
  let address: String

  /// What an address says where the cost is known and accepted.
  private static let accepted = "compute"

  /// The fields without the one that accepts a cost, and whether it does.
  static func answer(in fields: [(name: String, value: String)]) throws(ServiceError) -> (
    others: [(name: String, value: String)], isAccepted: Bool
  ) {
    let values = fields.filter { $0.name == accepted }.map(\.value)
    guard values.count <= 1, values.allSatisfy({ ["true", "false"].contains($0) }) else {
      throw .badRequest("'\(accepted)' is given once, as true or false.")
    }
    return (fields.filter { $0.name != accepted }, values.first == "true")
  }

  /// - Returns: nil for what is hardly noticed.
  init?(_ ask: Ask, of kept: KeptAnalysis, at path: String, query: String?) {
    let passes = ask.likelyPasses
    guard let cost = DisplayText.cost(kept.analysis.timings.forward * passes) else { return nil }
    method = MethodCatalog.entries.first { $0.name == ask.method.name }?.title ?? ask.method.name
    self.cost = cost
    let others = (query ?? "").split(separator: "&").filter { !$0.hasPrefix(Self.accepted + "=") }
    address = path + "?" + (others + ["\(Self.accepted)=true"]).joined(separator: "&")
  }
}
