import Serving

/// What every controller has: the service, what its answers are proved by, how much of a body it reads, where it
/// stands, and who looks on.
struct FaceContext: Sendable {
  let service: ExplanationService
  let auditing: Auditing
  let uploadLimits: Upload.Limits
  /// What stands before every path: `/gaze`, or nothing.
  let pathPrefix: String
  let events: EventStreams

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration, auditing: Auditing = Auditing()) {
    self.service = service
    pathPrefix = configuration.access.pathPrefix
    events = EventStreams(configuration.events)
    self.auditing = auditing
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
