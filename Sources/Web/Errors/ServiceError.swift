import Drawing
import Explain
import HTTPTypes
import Hummingbird
import Images
import Models
import NIOCore
import Networks

/// What went wrong with a request, as the client is told: a status, a code for programs, a sentence for people that
/// says what would work.
///
/// The one place where errors become statuses; the table stands in `docs/api.md`.
struct ServiceError: Error {
  let status: HTTPResponse.Status
  let code: Code
  let message: String
  var headers: HTTPFields = [:]
  /// What lies behind a fault of ours: for the log, never for the client.
  var cause: (any Error)?

  enum Code: String, Encodable {
    case badRequest = "bad_request"
    case unknownClass = "unknown_class"
    case unknownLayer = "unknown_layer"
    case unknownModel = "unknown_model"
    case unknownAnalysis = "unknown_analysis"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case timeout
    case tookTooLong = "took_too_long"
    case expiredAnalysis = "expired_analysis"
    case tooManyBytes = "too_many_bytes"
    case tooManyPixels = "too_many_pixels"
    case tooManyValues = "too_many_values"
    case notAnImage = "not_an_image"
    case unsupportedImage = "unsupported_image"
    case brokenImage = "broken_image"
    case internalError = "internal"
    case busy
    case noModel = "no_model"
  }
}

// MARK: Errors of other rooms

extension ServiceError {
  /// Anything thrown on the way to an answer. What is not known to be the client's side is ours, and says nothing of
  /// the request.
  init(_ error: any Error) {
    switch error {
    case let error as ServiceError: self = error
    case let error as AnalysisError: self.init(error)
    case let error as AttributionError: self.init(error)
    case let error as DrawingError:
      self.init(status: .internalServerError, code: .internalError, message: error.description)
    case let error as ImageError: self.init(error)
    case let error as ModelStoreError: self.init(error)
    case let error as MultipartError: self = .badRequest(error.description)
    case let error as any HTTPResponseError: self.init(status: error.status)
    case is CancellationError: self = .gone
    default: self = .internalError
    }
    if code == .internalError && cause == nil { cause = error }
  }

  private init(_ error: AnalysisError) {
    switch error {
    case .image(let error): self.init(error)
    case .notFinite: self.init(status: .internalServerError, code: .internalError, message: error.description)
    }
  }

  private init(_ error: AttributionError) {
    switch error {
    case .cancelled: self = .gone
    case .badParameter(let message): self = .badRequest(message)
    case .notFinite: self.init(status: .internalServerError, code: .internalError, message: error.description)
    }
  }

  private init(_ error: ImageError) {
    let (status, code): (HTTPResponse.Status, Code) =
      switch error {
      case .empty: (.badRequest, .badRequest)
      case .notAnImage: (.unsupportedMediaType, .notAnImage)
      case .unsupported: (.unsupportedMediaType, .unsupportedImage)
      case .tooManyPixels: (.contentTooLarge, .tooManyPixels)
      case .broken: (.unprocessableContent, .brokenImage)
      }
    self.init(status: status, code: code, message: error.description)
  }

  private init(_ error: ModelStoreError) {
    switch error {
    case .unknownModel(_, let known) where known.isEmpty: self = .noModel
    case .unknownModel: self.init(status: .notFound, code: .unknownModel, message: error.description)
    default:
      self.init(
        status: .internalServerError, code: .internalError,
        message: "The model cannot be loaded; the service's log says why. Another model may work: see /api/models.")
    }
  }

  /// Errors of the framework itself.
  private init(status: HTTPResponse.Status) {
    switch status {
    case .notFound: self = .notFound
    case .contentTooLarge: self.init(status: status, code: .tooManyBytes, message: "The request's body is too large.")
    case let status where status.kind == .clientError:
      self.init(status: status, code: .badRequest, message: "The request cannot be read: \(status.reasonPhrase).")
    default: self = .internalError
    }
  }
}

// MARK: Other protocols

extension ServiceError {
  /// The status that TensorFlow Serving's clients know for this: what is wrong with an image is wrong with the request (400), no free
  /// place is
  /// exhaustion (429), and a computation that took too long has missed its deadline (504).
  var tensorFlowServingStatus: HTTPResponse.Status {
    switch code {
    case .notAnImage, .unsupportedImage, .brokenImage: .badRequest
    case .busy: .tooManyRequests
    case .tookTooLong: .gatewayTimeout
    default: status
    }
  }

  /// The same of one of several images.
  func of(instance index: Int) -> ServiceError {
    ServiceError(status: status, code: code, message: "instances[\(index)]: \(message)", headers: headers, cause: cause)
  }

  static func unknownVerb(_ verb: String) -> ServiceError {
    ServiceError(
      status: .notFound, code: .notFound,
      message: "A model has no ':\(verb.abbreviated())' here. POST /v1/models/NAME:predict takes images.")
  }
}

// MARK: Errors of this room

extension ServiceError {
  static func badRequest(_ message: String) -> ServiceError {
    ServiceError(status: .badRequest, code: .badRequest, message: message)
  }

  static let emptyBody = badRequest(
    "The request has no body. Send the bytes of a JPEG or PNG file, or a form with a file field named 'image'.")

  static let notFound = ServiceError(
    status: .notFound, code: .notFound,
    message:
      "There is nothing at this address. The page is at /, the models are at /api/models, "
      + "and POST /api/analyses takes an image."
  )

  static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> ServiceError {
    let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    return ServiceError(
      status: .methodNotAllowed, code: .methodNotAllowed, message: "This address takes \(names).",
      headers: [.allow: names])
  }

  static func notAcceptable(offered: [String]) -> ServiceError {
    ServiceError(
      status: .notAcceptable, code: .notAcceptable,
      message: "None of the types in Accept can be had here; ask for \(offered.joined(separator: ", ")).")
  }

  static func unknownAnalysis() -> ServiceError {
    ServiceError(
      status: .notFound, code: .unknownAnalysis,
      message: "There is no analysis with this id. POST /api/analyses makes one from an image.")
  }

  static func expiredAnalysis() -> ServiceError {
    ServiceError(
      status: .gone, code: .expiredAnalysis, message: "This analysis is no longer kept. Upload the image again.")
  }

  static func tooManyBytes(limit: Int) -> ServiceError {
    ServiceError(
      status: .contentTooLarge, code: .tooManyBytes,
      message: "The upload is larger than the limit of \(limit) bytes. Send a smaller image.")
  }

  static func tooManyValues(_ count: Int, of unit: String = "numbers", limit: Int, remedy: String) -> ServiceError {
    ServiceError(
      status: .contentTooLarge, code: .tooManyValues,
      message: "That would be \(count) \(unit); the limit here is \(limit). \(remedy)")
  }

  static func bodyTimeout(_ limit: Duration) -> ServiceError {
    ServiceError(
      status: .requestTimeout, code: .timeout,
      message:
        "The body did not arrive within \(limit.components.seconds) seconds. Send a smaller image, or try again.",
      headers: [.connection: "close"])
  }

  static let busy = ServiceError(
    status: .serviceUnavailable, code: .busy, message: "The service is busy. Try again in a second.",
    headers: [.retryAfter: "1"])

  static func tookTooLong(_ limit: Duration) -> ServiceError {
    ServiceError(
      status: .serviceUnavailable, code: .tookTooLong,
      message: "This took longer than the \(limit.components.seconds) seconds that a request may compute. "
        + "Ask for fewer masks, samples or steps, for a larger stride, or for another method.")
  }

  static let noModel = ServiceError(
    status: .serviceUnavailable, code: .noModel,
    message:
      "The service has no model yet. On its machine, 'gaze models fetch \(CatalogEntry.defaultName)' fetches one.")

  static let internalError = ServiceError(
    status: .internalServerError, code: .internalError,
    message: "Something went wrong inside the service; its log has the details under this answer's X-Request-Id.")

  /// The client left before the answer: the status that nginx logs; nobody reads it.
  private static let gone = ServiceError(
    status: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), code: .timeout,
    message: "The client closed the request.")

  static func unknownLayer(_ text: String, of classifier: Classifier) -> ServiceError {
    ServiceError(
      status: .notFound, code: .unknownLayer,
      message:
        "This model has no layer '\(text.abbreviated())'. It has \(classifier.network.layers.joined(separator: ", ")).")
  }

  static func unknownClass(_ text: String, in labels: Labels) -> ServiceError {
    ServiceError(
      status: .notFound, code: .unknownClass,
      message: "This model has no class '\(text.abbreviated())'. Use \(labels.remedy(for: text))")
  }
}

extension String {
  /// At most 60 characters, for repeating in a message what was asked for.
  func abbreviated() -> String { count <= 60 ? self : prefix(59) + "…" }
}
