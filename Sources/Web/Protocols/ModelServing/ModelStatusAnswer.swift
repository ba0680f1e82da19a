/// TensorFlow Serving's status of a model, and KServe's beside it.
struct ModelStatusAnswer: Encodable {
  struct Version: Encodable {
    struct Status: Encodable {
      let errorCode: String
      let errorMessage: String

      enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case errorMessage = "error_message"
      }
    }

    let version = ServableAddress.version
    let state: String
    let status: Status

    enum CodingKeys: String, CodingKey {
      case version, state, status
    }
  }

  let name: String
  let isReady: Bool
  /// Left out where the model is ready; errors of this protocol are written so.
  let error: String?
  let versions: [Version]

  init(_ name: String, _ readiness: ModelReadiness) {
    self.name = name
    isReady = readiness.isReady
    error = readiness.reason
    versions = [
      Version(
        state: isReady ? "AVAILABLE" : "END",
        status: .init(errorCode: isReady ? "OK" : "FAILED_PRECONDITION", errorMessage: readiness.reason ?? ""))
    ]
  }

  enum CodingKeys: String, CodingKey {
    case name, error
    case isReady = "ready"
    case versions = "model_version_status"
  }
}
