import Serving

/// What every controller has: the service, how much of a body it reads, and where it stands.
struct FaceContext: Sendable {
  let service: ExplanationService
  let uploadLimits: Upload.Limits
  /// What stands before every path: `/gaze`, or nothing.
  let pathPrefix: String

  init(_ service: ExplanationService, _ configuration: ServiceConfiguration) {
    self.service = service
    pathPrefix = configuration.access.pathPrefix
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
  }
}
