import Digests
import Foundation

/// The lines of a log, each of which holds the digest of the one before it: whoever changes, removes, inserts or
/// reorders one has to rewrite all that follow.
///
/// A line is the canonical text (RFC 8785) of a JSON object and a line feed. Its `previous` is SHA-256 of the line
/// before it without the line feed, in hexadecimal; of the first line of all 64 zeros. `sequence` counts from 1.
struct AuditChain: Sendable {
  static let beginning = String(repeating: "0", count: 64)
  /// Bytes of a line at most; those of a hundred images have a hundredth of it.
  static let maximumLineBytes = 1 << 22

  private(set) var sequence = 0
  /// Of the last line.
  private(set) var head = Self.beginning

  /// - Parameters:
  ///   - sequence: of the last line; 0 where there is none.
  ///   - head: the last line's digest.
  init(sequence: Int = 0, head: String = Self.beginning) { (self.sequence, self.head) = (sequence, head) }

  /// The next line, with its line feed.
  ///
  /// - Parameter key: signs the line: all of it but `signature`.
  mutating func line(of members: [String: JSONTree], at time: Date, signedBy key: SigningKey?) -> [UInt8] {
    var members = members
    sequence += 1
    members["sequence"] = .number(Double(sequence))
    members["time"] = .text(Self.text(of: time))
    members["previous"] = .text(head)
    if let key {
      members["key"] = .text(key.publicKey.name)
      let signature = key.signature(of: JSONTree.object(members).canonical)
      members["signature"] = .text(Data(signature).base64EncodedString())
    }
    var line = JSONTree.object(members).canonical
    head = Digest.sha256(of: line).hexadecimal
    line.append(UInt8(ascii: "\n"))
    return line
  }

  /// RFC 3339, UTC, with milliseconds.
  static func text(of time: Date) -> String {
    time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}

/// Something to be logged.
package struct AuditEntry: Sendable {
  /// What is logged before it, unless it has been since the log was opened: which state of a model is used.
  let once: [String: JSONTree]?
  /// Called on the thread that writes the log.
  let members: @Sendable () throws -> [String: JSONTree]

  package init(
    once: [String: JSONTree]? = nil, _ members: @escaping @Sendable () throws -> [String: JSONTree]
  ) {
    self.once = once
    self.members = members
  }

  package init(event: String, _ members: [String: JSONTree] = [:]) {
    self.init { members.merging(["event": .text(event)]) { $1 } }
  }
}
