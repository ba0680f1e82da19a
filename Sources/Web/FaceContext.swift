import Serving

/// What every controller has: the service, what its answers are proved by, how much of a body it reads, and who looks on.
struct FaceContext: Sendable {
  let service: ExplanationService
  let auditing: Auditing
  let uploadLimits: Upload.Limits
  let events: EventStreams

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration, auditing: Auditing = Auditing()) {
    self.service = service
    events = EventStreams(configuration.events)
    self.auditing = auditing
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
