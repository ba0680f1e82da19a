import Serving

/// What every controller has: the service, how much of a body it reads, and who looks on.
struct FaceContext: Sendable {
  let service: ExplanationService
  let uploadLimits: Upload.Limits
  let events: EventStreams

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration) {
    self.service = service
    events = EventStreams(configuration.events)
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
