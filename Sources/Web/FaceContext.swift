import Serving

/// What every controller has: the service, and how much of a body it reads.
struct FaceContext: Sendable {
  let service: ExplanationService
  let uploadLimits: Upload.Limits

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration) {
    self.service = service
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
