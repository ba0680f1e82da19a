/// Something that a receipt or a log says, and whether it holds.
struct Claim: Hashable, Sendable {
  enum Verdict: String, Sendable {
    case holds
    case fails = "does not hold"
    case open = "cannot be told"
  }

  let subject: String
  let verdict: Verdict
  /// Why; a part of a sentence.
  let reason: String

  static func holds(_ subject: String, _ reason: String) -> Claim {
    Claim(subject: subject, verdict: .holds, reason: reason)
  }

  static func fails(_ subject: String, _ reason: String) -> Claim {
    Claim(subject: subject, verdict: .fails, reason: reason)
  }

  static func open(_ subject: String, _ reason: String) -> Claim {
    Claim(subject: subject, verdict: .open, reason: reason)
  }

  /// What was digested now against what the receipt says.
  static func comparing(_ subject: String, _ what: String, found: String, said: String?) -> Claim {
    guard let said else { return .open(subject, "the receipt has no digest of \(what)") }
    return found == said
      ? .holds(subject, "\(what) is the one of the receipt, SHA-256 \(said)")
      : .fails(subject, "\(what) is another: its SHA-256 is \(found), the receipt has \(said.prefix(64))")
  }

  var line: String {
    func padded(_ text: String, to width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    return "\(padded(verdict.rawValue, to: 14))  \(padded(subject, to: 10))  \(reason)"
  }
}
