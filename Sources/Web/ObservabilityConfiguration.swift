package import Logging

/// What the service tells of itself, and to whom.
package struct ObservabilityConfiguration: Sendable {
  /// How a line of the log is written.
  package var logFormat = LogFormat.text
  /// Lines below it are not written.
  package var logLevel = Logger.Level.info

  /// Where traces go; nil where they are not recorded.
  package var traceEndpoint: OTLPEndpoint?
  /// The name under which the collector knows the service.
  package var serviceName = "gaze"
  /// Of the traces that begin here, so many are recorded, 0 to 1; one that a client has begun is recorded if the client
  /// says so.
  package var traceRatio = 1.0
  /// How often traces are sent.
  package var traceInterval: Duration = .seconds(1)

  package init() {}
}
