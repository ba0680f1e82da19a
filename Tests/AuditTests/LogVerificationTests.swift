import Digests
import Foundation
import TestSupport
import Testing

@testable import Audit

@Suite("What a tampered log shows")
struct LogVerificationTests {
  /// Ten lines: start, eight events, end.
  private func log(key: SigningKey? = nil) async throws -> LogFolder {
    let log = try LogFolder()
    try await log.write(key: key) { log in
      for number in 1...8 {
        let maps: JSONTree = .list([.object(["receipt": .text("receipt \(number)")])])
        try await log.append([AuditEntry(event: "explanation", ["request": .text("r\(number)"), "maps": maps])])
      }
    }
    return log
  }

  /// What changes the lines, and what is said of it: the line and a part of the reason.
  static let tamperings: [(name: String, change: @Sendable ([String]) -> [String], line: Int, reason: String)] = [
    ("changed", { $0.replacing(4, with: $0[4].replacing("r4", with: "r5")) }, 6, "was changed"),
    ("removed", { $0.without(4) }, 5, "missing"),
    ("removed, many", { Array($0[..<2] + $0[6...]) }, 3, "lines 3 to 6 are missing"),
    ("inserted", { Array($0[..<5] + [$0[2]] + $0[5...]) }, 6, "moved, inserted or repeated"),
    ("reordered", { Array($0[..<4] + [$0[5], $0[4]] + $0[6...]) }, 5, "missing"),
    ("no JSON", { $0.replacing(4, with: "nonsense") }, 5, "no JSON"),
    ("no chain", { $0.replacing(4, with: "{}") }, 5, "no 'sequence'"),
    ("wrong types", { $0.replacing(4, with: #"{"sequence":"5","previous":[]}"#) }, 5, "no 'sequence'"),
    ("too long", { $0.replacing(4, with: String(repeating: "a", count: 9 << 20)) }, 5, "longer"),
    ("deep", { $0.replacing(4, with: String(repeating: "[", count: 200_000)) }, 5, "deep"),
  ]

  @Test(arguments: 0..<tamperings.count) func tampering(_ index: Int) async throws {
    let (name, change, line, reason) = Self.tamperings[index]
    let log = try await log()
    let lines = try log.lines()
    #expect(log.verified().breaks.isEmpty)
    try log.write(change(lines))
    let found = log.verified()
    let first = try #require(found.breaks.first, "\(name)")
    #expect(first.line == line && first.reason.contains(reason), "\(name): \(first)")
  }

  @Test("a cut at the end is seen by a head that somebody kept, and only so")
  func cut() async throws {
    let log = try await log()
    let lines = try log.lines()
    let head = Digest.sha256(of: Array(lines[9].utf8)).hexadecimal
    #expect(log.verified(head: head).knownHead?.sequence == 10)
    try log.write(Array(lines[..<7]))
    let found = log.verified(head: head)
    #expect(found.breaks.isEmpty && found.knownHead == nil)
    // One in the middle of a line is seen.
    try log.folder.add("audit.log", Array(lines.joined(separator: "\n").utf8))
    #expect(log.verified().breaks.map(\.line) == [10])
  }

  @Test("a log that was written anew is seen by its signatures")
  func forged() async throws {
    let (key, other) = (try TestKey.key(), try TestKey.other())
    let log = try await log(key: key)
    #expect(log.verified(keys: [other.publicKey, key.publicKey]).breaks.isEmpty)
    #expect(log.verified(keys: [key.publicKey]).signedCount == 10)
    #expect(log.verified(keys: [other.publicKey]).breakCount == 10)

    // All lines rewritten, from the fifth on with another content.
    var chain = AuditChain()
    var forged: [String] = []
    for object in try log.objects() {
      guard case .object(var members) = object else { continue }
      if members["sequence"]?.whole == 5 { members["request"] = "another" }
      let line = chain.line(of: members, at: Date(), signedBy: nil)
      forged.append(String(decoding: line.dropLast(), as: UTF8.self))
    }
    try log.write(forged)
    #expect(log.verified().breaks.isEmpty)
    let found = log.verified(keys: [key.publicKey])
    #expect(found.breakCount == 10 && found.breaks[0].reason.contains("signature does not hold"))
    // Unsigned lines are none of the key's.
    let plain = try await self.log()
    #expect(plain.verified(keys: [key.publicKey]).breaks.allSatisfy { $0.reason.contains("not signed") })
    #expect(plain.verified(keys: [key.publicKey]).breakCount == 10)
  }

  @Test("the line of a receipt is found")
  func receipts() async throws {
    let found = try await log().verified(receipts: ["receipt 3", "receipt 9"])
    #expect(found.receipts.keys.sorted() == ["receipt 3"])
    #expect(found.receipts["receipt 3"]?.sequence == 4 && found.receipts["receipt 3"]?.request == "r3")
  }

  @Test("a file that is not there is not read")
  func missing() throws {
    var found = LogVerification(keys: [], receipts: [], head: nil)
    let isRead = found.read("/no/such/file")
    #expect(!isRead)
  }
}

extension [String] {
  fileprivate func replacing(_ index: Int, with line: String) -> [String] {
    var lines = self
    lines[index] = line
    return lines
  }

  fileprivate func without(_ index: Int) -> [String] { Array(self[..<index] + self[(index + 1)...]) }
}
