package import Serving

/// Where the service listens, and what it takes on.
package struct ServiceConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port = 8080
  /// The folder with `index.html` and what it links to.
  package var staticFolder = "Static"

  /// The largest request body, in bytes.
  package var maximumBodyBytes = 32 << 20
  /// How long a body may take to arrive, even if it keeps to the least rate: what the largest needs at that rate.
  package var bodyTimeout: Duration = .seconds(9000)

  package var connections = ConnectionLimits()

  package var limits = ServiceLimits()

  package init() {}
}
