import Autodiff
import Serving
import Web

/// What `gaze serve` is set to: the service, and what the command itself sees to.
struct ServeSettings: Sendable {
  var service = ServiceConfiguration()
  /// Threads that compute; nil for one for each processor.
  var threads: Int?
  /// Pieces of work that compute at the same time; nil for one for each processor.
  var slots: Int?
  /// Bytes of loaded models.
  var modelBytes = 4096 << 20
  /// The folder of the page; nil for the one that is found beside the program.
  var staticFolder: String?

  /// The listed origins in a fixed order.
  var allowedOrigins: [Origin] {
    get { service.allowedOrigins.sorted { $0.written < $1.written } }
    set { service.allowedOrigins = Set(newValue) }
  }

  /// What a load balancer calls this replica, as a text.
  var replica: String? {
    get { service.replica?.description }
    set { service.replica = newValue.flatMap(ReplicaName.init) }
  }

  /// Where traces go, as an address.
  var traceEndpoint: String? {
    get { service.observability.traceEndpoint?.written }
    set { service.observability.traceEndpoint = newValue.flatMap { try? OTLPEndpoint($0) } }
  }

  /// Says where two settings contradict each other.
  func check() throws(SettingError) {
    let (body, limits) = (service.maximumBodyBytes, service.connections)
    // One client has half of what is received, and a body that waits is counted whole.
    guard body <= limits.receivingBytes / 2 else {
      throw SettingError(
        "max-body is \(SizeText.written(body)), but a client may have half of receiving-bytes, which is "
          + "\(SizeText.written(limits.receivingBytes)), on its way. Set receiving-bytes to \(SizeText.written(2 * body)) "
          + "or more, or max-body to less.")
    }
    guard body <= service.limits.maximumWaitingBytes else {
      throw SettingError(
        "max-body is \(SizeText.written(body)), but the bodies that wait may have queue-bytes, which is "
          + "\(SizeText.written(service.limits.maximumWaitingBytes)). Set queue-bytes to as much, or max-body to less.")
    }
    let audit = service.audit
    guard audit.log != nil || (!audit.isSynchronised && audit.maximumLogBytes == nil) else {
      throw SettingError("audit-sync and audit-log-size are about an audit log. Name its file with audit-log.")
    }
    guard limits.chunkBytes <= limits.waitingBytes else {
      throw SettingError("answer-chunk must not be larger than answer-bytes. Set answer-bytes to more.")
    }
  }
}
