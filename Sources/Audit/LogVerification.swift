package import Digests
import Foundation

/// What the lines of a log prove: the whole chain, looked at line by line, in memory that does not grow with the log.
package struct LogVerification: Sendable {
  /// A place where the chain does not hold.
  package struct Break: Hashable, Sendable {
    package let file: String
    package let line: Int
    package let reason: String
  }

  /// Where something was found.
  package struct Place: Hashable, Sendable {
    package let file: String
    package let line: Int
    package let sequence: Int
    package let time: String
    package let request: String?
  }

  /// Breaks that are told of, at most.
  private static let mostBreaks = 20

  package private(set) var lineCount = 0
  package private(set) var signedCount = 0
  package private(set) var firstSequence: Int?
  /// Whether the first line is the first of its chain.
  package private(set) var beginsAtBeginning = false
  package private(set) var lastSequence = 0
  /// Of the last line.
  package private(set) var head = AuditChain.beginning
  package private(set) var breaks: [Break] = []
  /// All of them, also those that are not told of.
  package private(set) var breakCount = 0
  /// Of the receipts that were looked for, by their digests, the first line of each.
  package private(set) var receipts: [String: Place] = [:]
  /// The line of the head that was looked for.
  package private(set) var knownHead: Place?

  private let keys: [String: PublicKey]
  private let wantedReceipts: Set<String>
  private let wantedHead: String?

  /// - Parameters:
  ///   - keys: where there are any, each line must be signed by one of them.
  ///   - receipts: digests to look for.
  ///   - head: a line's digest that somebody has kept.
  package init(keys: [PublicKey], receipts: Set<String>, head: String?) {
    self.keys = Dictionary(keys.map { ($0.name, $0) }) { $1 }
    wantedReceipts = receipts
    wantedHead = head
  }

  /// Goes through a file, which continues the one before it.
  ///
  /// - Returns: whether it could be read.
  package mutating func read(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    var (number, rest, isSkipping) = (0, [UInt8](), false)
    do {
      while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        var bytes = [UInt8](chunk)[...]
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
          number += 1
          if isSkipping {
            isSkipping = false
          } else {
            take(rest + bytes[..<end], number, path)
          }
          rest = []
          bytes = bytes[(end + 1)...]
        }
        if !isSkipping { rest += bytes }
        if rest.count > AuditChain.maximumLineBytes {
          breaks(path, number + 1, "the line is longer than any that Gaze writes: it was changed or inserted")
          (rest, isSkipping) = ([], true)
        }
      }
    } catch {
      return false
    }
    if !rest.isEmpty {
      breaks(path, number + 1, "the last line has no end: writing it was interrupted, or the file was cut")
    }
    return true
  }

  private mutating func take(_ line: [UInt8], _ number: Int, _ path: String) {
    let digest = Digest.sha256(of: line).hexadecimal
    defer {
      lineCount += 1
      head = digest
    }
    let value: JSONTree
    do { value = try JSONTree(parsing: line) } catch {
      lastSequence += 1
      return breaks(path, number, "the line was changed: it is no JSON: \(error)")
    }
    guard let sequence = value["sequence"]?.whole, let previous = value["previous"]?.text else {
      lastSequence += 1
      return breaks(path, number, "the line has no 'sequence' and 'previous', so it was changed or inserted")
    }
    checkPlace(of: sequence, previous, number, path)
    checkSignature(of: value, number, path)
    let place = Place(
      file: path, line: number, sequence: sequence, time: value["time"]?.text ?? "", request: value["request"]?.text)
    if digest == wantedHead { knownHead = place }
    for map in value["maps"]?.list ?? [] {
      if let receipt = map["receipt"]?.text, wantedReceipts.contains(receipt), receipts[receipt] == nil {
        receipts[receipt] = place
      }
    }
    lastSequence = sequence
  }

  private mutating func checkPlace(of sequence: Int, _ previous: String, _ number: Int, _ path: String) {
    guard firstSequence != nil else {
      firstSequence = sequence
      beginsAtBeginning = sequence == 1 && previous == AuditChain.beginning
      if sequence == 1 && !beginsAtBeginning {
        breaks(path, number, "the line is numbered 1 and follows another one: it was changed")
      }
      return
    }
    let expected = lastSequence + 1
    if sequence > expected {
      let missing = sequence == expected + 1 ? "line \(expected) is" : "lines \(expected) to \(sequence - 1) are"
      breaks(path, number, "\(missing) missing before sequence \(sequence): removed, or moved elsewhere")
    } else if sequence < expected {
      breaks(path, number, "sequence \(sequence) comes after \(lastSequence): the line was moved, inserted or repeated")
    } else if previous != head {
      breaks(
        path, number,
        "it follows another line than the one before it: sequence \(lastSequence) was changed or put in another's place"
      )
    }
  }

  private mutating func checkSignature(of line: JSONTree, _ number: Int, _ path: String) {
    guard let signature = line["signature"]?.text else {
      if !keys.isEmpty { breaks(path, number, "the line is not signed") }
      return
    }
    signedCount += 1
    guard !keys.isEmpty else { return }
    guard let key = line["key"]?.text.flatMap({ keys[$0] }) else {
      return breaks(path, number, "the line is signed by another key")
    }
    let bytes = Data(base64Encoded: signature).map([UInt8].init) ?? []
    if !key.verifies(bytes, of: line.without(["signature"]).canonical) {
      breaks(path, number, "the line's signature does not hold: it was changed after it was signed")
    }
  }

  private mutating func breaks(_ path: String, _ number: Int, _ reason: String) {
    breakCount += 1
    if breaks.count < Self.mostBreaks { breaks.append(Break(file: path, line: number, reason: reason)) }
  }
}
