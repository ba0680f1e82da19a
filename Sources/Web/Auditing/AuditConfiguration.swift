/// How receipts are signed, and what is logged for whoever has to account for the service.
package struct AuditConfiguration: Sendable {
  /// The file of the private key that signs receipts and the lines of the audit log; nil leaves them unsigned.
  package var signingKey: String?
  /// The file of the audit log; nil where none is kept.
  package var log: String?
  /// Whether each line is on the disk before the answer goes out; else it is with the operating system.
  package var isSynchronised = false
  /// Beyond so many bytes a new file is begun; nil lets one file grow.
  package var maximumLogBytes: Int?
  /// Whether the log says who asked: the address, of IPv6 its network.
  package var namesClients = true

  package init() {}
}
