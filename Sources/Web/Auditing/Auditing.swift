import Audit
import Autodiff
import Digests
import Explain
import Foundation
package import Logging

/// What the service proves its answers by: the key that signs receipts, and the audit log.
package struct Auditing: Sendable {
  let key: SigningKey?
  let trail: AuditTrail?

  /// Neither.
  package init() { (key, trail) = (nil, nil) }

  /// Reads the key and opens the log, which then has its first line.
  ///
  /// - Throws: `StartError` where one of them cannot be had.
  package init(_ configuration: AuditConfiguration, logger: Logger) throws(StartError) {
    do throws(KeyFileError) {
      key = try configuration.signingKey.map { path throws(KeyFileError) in try SigningKey.read(from: path) }
    } catch {
      throw .cannotAudit(error.description)
    }
    if let key { logger.info("receipts are signed", metadata: ["key": "\(key.publicKey.name)"]) }
    guard let path = configuration.log else {
      trail = nil
      return
    }
    var settings = AuditLogSettings(path: path)
    settings.key = key
    settings.isSynchronised = configuration.isSynchronised
    settings.maximumBytes = configuration.maximumLogBytes
    do throws(AuditLogError) {
      trail = try AuditTrail(settings, namesClients: configuration.namesClients, logger: logger)
    } catch {
      throw .cannotAudit(error.description)
    }
  }

  /// By which its signatures are verified.
  var publicKeys: [PublicKey] { key.map { [$0.publicKey] } ?? [] }

  /// Whether what must be logged cannot be.
  var isBroken: Bool { trail?.fault != nil }

  var signer: (any ReceiptSigner)? { key.map(ReceiptKey.init) }

  /// Writes the log's last line, once nothing runs any more.
  func end() async { await trail?.end() }
}
