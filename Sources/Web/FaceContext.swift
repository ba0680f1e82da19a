import Serving

/// What every controller has: the service, what its answers are proved by, and how much of a body it reads.
struct FaceContext: Sendable {
  let service: ExplanationService
  let auditing: Auditing
  let uploadLimits: Upload.Limits

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration, auditing: Auditing = Auditing()) {
    self.service = service
    self.auditing = auditing
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
