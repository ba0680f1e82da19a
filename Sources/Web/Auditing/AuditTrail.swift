import Audit
import Autodiff
import Digests
import Explain
import Foundation
import Logging
import Networks
import Serving

/// What the service does, as it stands in the audit log; see docs/audit.md for the lines' members. Never an image, a
/// secret, or an id by which somebody could ask for an analysis.
final class AuditTrail: Sendable {
  private let log: AuditLog
  private let namesClients: Bool
  private let logger: Logger

  init(_ settings: AuditLogSettings, namesClients: Bool, logger: Logger) throws(AuditLogError) {
    self.namesClients = namesClients
    self.logger = logger
    log = try AuditLog(
      settings,
      beginning: AuditEntry(
        event: "start",
        [
          "gaze": .text(gazeVersion), "isa": .text(InstructionSet.current.rawValue),
          "process": .number(Double(ProcessInfo.processInfo.processIdentifier)),
        ]))
  }

  /// Why it cannot be written; nil while it can.
  var fault: AuditLogError? { log.currentFault }

  /// A record for one request, that lets nothing begin which could not be logged.
  func newRecord() -> RequestRecord {
    RequestRecord { [log] () throws(ServingError) in
      do { try log.check() } catch { throw .auditUnavailable }
    }
  }

  /// Who asked for what, and how it ended.
  struct Exchange: Sendable {
    let request: String
    let route: String
    let client: Client
    let status: Int
  }

  /// Writes what was done for a request; returns once it is written.
  func write(_ events: [RequestRecord.Event], of exchange: Exchange) async throws(AuditLogError) {
    if events.isEmpty { return }
    var members: [String: JSONTree] = [
      "request": .text(exchange.request), "route": .text(exchange.route), "status": .number(Double(exchange.status)),
    ]
    if namesClients { members["client"] = .text(exchange.client.description) }
    do throws(AuditLogError) {
      try await log.append(
        events.flatMap(\.lines).map { event in
          let once = event.model.map { ["event": "model", "model": $0.json] as [String: JSONTree] }
          return AuditEntry(once: once) { [members] in
            try members.merging(event.members) { $1 }
          }
        })
    } catch {
      logger.error("the audit log cannot be written", metadata: ["cause": "\(error)"])
      throw error
    }
  }

  func end() async {
    do throws(AuditLogError) {
      try await log.close(with: AuditEntry(event: "end"))
    } catch {
      logger.error("the audit log has no last line", metadata: ["cause": "\(error)"])
    }
  }
}

extension RequestRecord.Event.Model {
  fileprivate var json: JSONTree { .object(["name": .text(name), "weights_sha256": .text(weightsSHA256)]) }
}

extension RequestRecord.Event {
  /// Maps of one line, so that its length has a bound.
  private static let mostMaps = 256

  /// The event, with its maps on as many lines as they need.
  fileprivate var lines: [RequestRecord.Event] {
    guard receipts.count > Self.mostMaps else { return [self] }
    return stride(from: 0, to: receipts.count, by: Self.mostMaps).map { start in
      var line = self
      line.receipts = Array(receipts[start..<min(start + Self.mostMaps, receipts.count)])
      if start > 0 { (line.images, line.classes) = ([], []) }
      return line
    }
  }

  /// What is known of the event; computes digests of receipts.
  fileprivate var members: [String: JSONTree] {
    get throws {
      var members: [String: JSONTree] = ["event": .text(deed.rawValue)]
      if let model { members["model"] = model.json }
      if let analysis { members["analysis"] = .text(Self.pseudonym(of: analysis)) }
      let images = images.isEmpty ? Set(receipts.compactMap(\.digests.image)).sorted() : images
      if !images.isEmpty { members["images"] = .list(images.map(JSONTree.text)) }
      if !classes.isEmpty { members["classes"] = .list(classes.map { .number(Double($0)) }) }
      if !receipts.isEmpty { members["maps"] = .list(try receipts.map(Self.map)) }
      return members
    }
  }

  private static func map(_ receipt: Receipt) throws -> JSONTree {
    var members: [String: JSONTree] = [
      "class": .number(Double(receipt.target.class.label.index)), "map": .text(receipt.digests.map),
      "method": .text(receipt.method.name),
      "receipt": .text(receiptDigest(of: try JSONTree(encoding: receipt)).hexadecimal),
    ]
    if let against = receipt.target.against { members["against"] = .number(Double(against.label.index)) }
    return .object(members)
  }

  /// Tells one kept analysis from another, and is no way to ask for it: the beginning of the SHA-256 of its id.
  private static func pseudonym(of id: AnalysisID) -> String {
    String(Digest.sha256(of: Array(id.description.utf8)).hexadecimal.prefix(16))
  }
}
