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
  package var events = EventLimits()

  /// Names that the service answers to beside this machine's own and `host`, without port; `*` stands for any.
  package var allowedHosts: [String] = []
  /// Where pages may come from that ask for anything and read the answers, beside the service's own.
  package var allowedOrigins: Set<Origin> = []

  /// How long it goes on to accept after it was asked to end and said that it is not ready any more, so that whoever
  /// sends it requests learns of it.
  package var shutdownDelay: Duration = .zero
  /// How long it then waits for what runs before it cancels that.
  package var shutdownTimeout: Duration = .seconds(20)

  /// What a load balancer calls this replica, so that it finds the way back from an analysis's id; nil where it stands
  /// alone.
  package var replica: ReplicaName?

  package var limits = ServiceLimits()
  package var access = AccessConfiguration()

  /// What Vertex AI says of the container that the service runs in; nil outside of Vertex.
  package var vertex: VertexContainer?

  package var observability = ObservabilityConfiguration()
  package var audit = AuditConfiguration()

  package init() {}
}
