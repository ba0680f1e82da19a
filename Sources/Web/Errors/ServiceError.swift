import Drawing
import Explain
import HTTPTypes
import Hummingbird
import Images
import Models
import NIOCore
import Networks
import Serving

/// What went wrong with a request, as the client is told: a status, a code for programs, a sentence for people that
/// says what would work.
///
/// The one place where errors become statuses; the table stands in `docs/api.md`.
struct ServiceError: Error {
  let status: HTTPResponse.Status
  let code: Code
  private(set) var message: String
  var headers: HTTPFields = [:]
  /// The field of the request that is at fault, where one is.
  var field: String?
  /// What lies behind a fault of ours: for the log, never for the client.
  var cause: (any Error)?

  enum Code: String, CaseIterable, Encodable {
    case badRequest = "bad_request"
    case unknownClass = "unknown_class"
    case ambiguousClass = "ambiguous_class"
    case unknownLayer = "unknown_layer"
    case unknownModel = "unknown_model"
    case unknownAnalysis = "unknown_analysis"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case timeout
    case tookTooLong = "took_too_long"
    case expiredAnalysis = "expired_analysis"
    case unauthorized
    case rateLimited = "rate_limited"
    case quotaSpent = "quota_spent"
    case foreignHost = "foreign_host"
    case foreignOrigin = "foreign_origin"
    case ending
    case targetTooLong = "target_too_long"
    case headTooLarge = "head_too_large"
    case tooManyBytes = "too_many_bytes"
    case tooManyPixels = "too_many_pixels"
    case tooManyValues = "too_many_values"
    case notAnImage = "not_an_image"
    case unsupportedImage = "unsupported_image"
    case brokenImage = "broken_image"
    case unsupportedEncoding = "unsupported_encoding"
    case internalError = "internal"
    case busy
    case noModel = "no_model"
    case auditUnavailable = "audit_unavailable"
  }
}

// MARK: Errors of other rooms

extension ServiceError {
  /// Anything thrown on the way to an answer. What is not known to be the client's side is ours, and says nothing of
  /// the request.
  init(_ error: any Error) {
    switch error {
    case let error as ServiceError: self = error
    case let error as AskError: self.init(error)
    case let error as ServingError: self.init(error)
    case let error as InstanceError: self = ServiceError(error.cause).of(instance: error.index)
    case let error as AnalysisError: self.init(error)
    case let error as AttributionError: self.init(error)
    case let error as DrawingError:
      self.init(status: .internalServerError, code: .internalError, message: error.description)
    case let error as ImageError: self.init(error)
    case let error as ModelStoreError: self.init(error)
    case let error as MultipartError: self = .badRequest(error.description)
    case let error as any HTTPResponseError: self.init(status: error.status)
    // The connection broke while the body was read or the answer was made.
    case is CancellationError, is ClientLeft, is ChannelError, is IOError: self = .gone
    default: self = .internalError
    }
    if code == .internalError && cause == nil { cause = error }
  }

  private init(_ error: AskError) {
    let (status, code): (HTTPResponse.Status, Code) =
      switch error.kind {
      case .badValue: (.badRequest, .badRequest)
      case .ambiguousClass: (.badRequest, .ambiguousClass)
      case .unknownClass: (.notFound, .unknownClass)
      case .unknownLayer: (.notFound, .unknownLayer)
      }
    self.init(status: status, code: code, message: error.description)
    field = error.field
  }

  private init(_ error: ServingError) {
    let (status, code): (HTTPResponse.Status, Code) =
      switch error {
      case .busy: (.serviceUnavailable, .busy)
      case .rateLimited: (.tooManyRequests, .rateLimited)
      case .quotaSpent: (.tooManyRequests, .quotaSpent)
      case .unknownAnalysis: (.notFound, .unknownAnalysis)
      case .expiredAnalysis, .lostAnalysis: (.gone, .expiredAnalysis)
      case .noModel: (.serviceUnavailable, .noModel)
      case .tooManyValues: (.contentTooLarge, .tooManyValues)
      case .noStoredWeights: (.badRequest, .badRequest)
      case .tookTooLong: (.serviceUnavailable, .tookTooLong)
      case .auditUnavailable: (.serviceUnavailable, .auditUnavailable)
      }
    self.init(status: status, code: code, message: error.description)
    switch error {
    case .busy(let time): headers[.retryAfter] = String(time.secondsRoundedUp)
    case .rateLimited(let standing, let time), .quotaSpent(let standing, let time):
      headers[.retryAfter] = String(max(1, time.secondsRoundedUp))
      headers.tell(standing)
    case .noStoredWeights: field = FaithfulnessAsk.Field.metrics.rawValue
    default: break
    }
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
    case .badParameter, .tooManyPasses: self = .badRequest(error.description)
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
      case .window: (.badRequest, .badRequest)
      }
    self.init(status: status, code: code, message: error.description)
    if case .window = error { field = AskField.window.rawValue } else { field = Self.imageField }
  }

  private init(_ error: ModelStoreError) {
    switch error {
    case .unknownModel(_, let known) where known.isEmpty: self.init(ServingError.noModel)
    case .unknownModel:
      self.init(
        status: .notFound, code: .unknownModel, message: error.description, field: AskField.model.rawValue)
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
    case .contentTooLarge:
      self.init(
        status: status, code: .tooManyBytes, message: "The request's body is too large. Send a smaller image.")
    case let status where status.kind == .clientError:
      self.init(
        status: status, code: .badRequest,
        message: "The request cannot be read (\(status.reasonPhrase)). "
          + "GET /api/models and POST /api/analyses with an image as the body are requests that can.")
    default: self = .internalError
    }
  }
}

// MARK: Other protocols

extension ServiceError {
  /// The status that TensorFlow Serving's clients know for this: what is wrong with an image is wrong with the request
  /// (400), too much to do is exhaustion (429), and a computation that took too long has missed its deadline (504).
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
    var error = self
    error.message = "instances[\(index)]: \(message)"
    error.field = "instances[\(index)]"
    return error
  }

  /// The same of a place in the request, such as one of several images.
  func at(_ place: String) -> ServiceError {
    var error = self
    error.message = "'\(place)': \(message)"
    return error
  }

  static func unknownVerb(_ verb: String) -> ServiceError {
    ServiceError(
      status: .notFound, code: .notFound,
      message:
        "A model has no ':\(verb.abbreviated())' here. POST /v1/models/NAME:predict, :classify and :explain take "
        + "images.")
  }

  static func noReport(of model: String, file: String) -> ServiceError {
    ServiceError(
      status: .notFound, code: .notFound,
      message: "The model '\(model.abbreviated())' has no '\(file.abbreviated())' in a report here. 'gaze evaluate "
        + "--model \(model.abbreviated()) --data FOLDER --keep' makes one; its report.json names the pictures.")
  }

  static let noRegression = badRequest(
    "':regress' has nothing to answer: it is for models of values, and the others are classifiers. POST /v1/models/NAME:predict gives the "
      + "probabilities, :classify the most likely classes.")

  static func noClassification(by model: String) -> ServiceError {
    badRequest(
      "The model '\(model.abbreviated())' gives values, not classes: ':classify' has nothing to answer. POST "
        + "/v1/models/NAME:predict or :regress gives the values.")
  }

  static func unknownVersion(_ version: String, of model: String) -> ServiceError {
    ServiceError(
      status: .notFound, code: .notFound,
      message: "The model '\(model.abbreviated())' has no version '\(version.abbreviated())' here. Its one version is "
        + "\(ServableAddress.version); leave the version out.")
  }

  static func tooManyImages(_ maximum: Int) -> ServiceError {
    ServiceError(
      status: .contentTooLarge, code: .tooManyValues,
      message: "One request may bring \(maximum) images at most. Send several requests.")
  }

  static func unknownLabel(_ label: String, of model: String) -> ServiceError {
    ServiceError(
      status: .notFound, code: .notFound,
      message: "The model '\(model.abbreviated())' has no version labelled '\(label.abbreviated())' here. "
        + "\(ServableAddress.labels.joined(separator: " and ")) stand for its one version.")
  }
}

/// Says what is wrong with the one image of a request without its place among others.
func ofOneImage<Result>(_ work: () async throws -> Result) async throws -> Result {
  do {
    return try await work()
  } catch let error as InstanceError {
    throw error.cause
  }
}

// MARK: Errors of this room

extension ServiceError {
  static func badRequest(_ message: String, field: String? = nil) -> ServiceError {
    ServiceError(status: .badRequest, code: .badRequest, message: message, field: field)
  }

  static let badHost = badRequest(
    "A request names its host exactly once, as 'Host: NAME' or 'Host: NAME:PORT'. Send one such field.")

  static func foreignHost(_ name: String) -> ServiceError {
    ServiceError(
      status: .misdirectedRequest, code: .foreignHost,
      message: "This service is not known as '\(name.abbreviated())'. Address it as localhost or 127.0.0.1 on its own "
        + "machine; whoever runs it allows other names: gaze serve --allowed-host \(name.abbreviated()).")
  }

  static let foreignOrigin = ServiceError(
    status: .forbidden, code: .foreignOrigin,
    message: "A page of another site asked for this, which this service does not let it. Use the service's own page or "
      + "a program that is no browser; whoever runs it allows other pages: gaze serve --allowed-origin ORIGIN.")

  static let unauthorized = ServiceError(
    status: .unauthorized, code: .unauthorized,
    message: "This service asks for a token: send it as 'Authorization: Bearer TOKEN'. Whoever runs it gives you one; "
      + "a browser takes it at /sign-in.", headers: [.wwwAuthenticate: #"Bearer realm="gaze""#])

  static let unknownToken = ServiceError(
    status: .unauthorized, code: .unauthorized,
    message:
      "This token is not known here, or not any more. Whoever runs the service gives you one; a browser takes it "
      + "at /sign-in.", headers: [.wwwAuthenticate: #"Bearer realm="gaze", error="invalid_token""#])

  /// The service ends and stops what runs.
  static let ending = ServiceError(
    status: .serviceUnavailable, code: .ending,
    message: "The service is being stopped, and this with it. Send the request again in a moment.",
    headers: [.retryAfter: "5", .connection: "close"])

  static let emptyBody = badRequest(
    "The request has no body. Send the bytes of a JPEG, PNG or WebP file, or a form with a file field named 'image'.",
    field: imageField)

  static let noFile = badRequest(
    "The form has no file. Put the image into a file field named 'image'.", field: imageField)

  static let emptyFile = badRequest(
    "No image was chosen, or the file is empty. Choose a JPEG, PNG or WebP file.", field: imageField)

  /// What the file field of a form is called, and the body where it is the image itself.
  private static let imageField = "image"

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

  static let unknownMethod = ServiceError(
    status: .notImplemented, code: .methodNotAllowed,
    message: "This method is not known here; use GET, HEAD, POST or DELETE.")

  static func notAcceptable(offered: [String]) -> ServiceError {
    ServiceError(
      status: .notAcceptable, code: .notAcceptable,
      message: "None of the types in Accept can be had here; ask for \(offered.joined(separator: ", ")).")
  }

  static func tooManyBytes(limit: Int) -> ServiceError {
    let most = limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit) bytes"
    return ServiceError(
      status: .contentTooLarge, code: .tooManyBytes,
      message: "The upload is larger than \(most), the most that is taken. Send a smaller image.")
  }

  static func contentEncoding(_ encoding: String) -> ServiceError {
    ServiceError(
      status: .unsupportedMediaType, code: .unsupportedEncoding,
      message:
        "The body is compressed (Content-Encoding: \(encoding.abbreviated())), which is not taken here. Send it as it is."
    )
  }

  /// The same error of a body that came URL-encoded, which curl's `-d @FILE` does to a picture.
  var afterURLEncoding: ServiceError {
    guard [.brokenImage, .notAnImage].contains(code) else { return self }
    var error = self
    error.message +=
      " If curl sent it by -d @FILE: that takes out line breaks and zero bytes. Use --data-binary @FILE, or -F image=@FILE."
    return error
  }

  static func bodyTimeout(_ limit: Duration) -> ServiceError {
    ServiceError(
      status: .requestTimeout, code: .timeout,
      message:
        "The body did not arrive within \(limit.components.seconds) seconds. Send a smaller image, or try again.",
      headers: [.connection: "close"])
  }

  // MARK: Connections

  static let malformedRequest = ServiceError(
    status: .badRequest, code: .badRequest,
    message: "This is not an HTTP/1.1 request. Send it by an HTTP library, and to the address that the service tells.",
    headers: closing)

  static let ambiguousLength = ServiceError(
    status: .badRequest, code: .badRequest,
    message:
      "It is not clear where the request's body ends: send one Content-Length, or Transfer-Encoding: chunked, not both.",
    headers: closing)

  static let transferCoding = ServiceError(
    status: .notImplemented, code: .unsupportedEncoding,
    message: "The only transfer coding that is taken here is chunked. Send the body as it is.", headers: closing)

  static func targetTooLong(_ limits: ConnectionLimits) -> ServiceError {
    ServiceError(
      status: .uriTooLong, code: .targetTooLong,
      message:
        "The address with its query is longer than \(limits.targetBytes) bytes. Send long parameters in a form instead.",
      headers: closing)
  }

  static func headTooLarge(_ limits: ConnectionLimits) -> ServiceError {
    ServiceError(
      status: .requestHeaderFieldsTooLarge, code: .headTooLarge,
      message:
        "The request has more than \(limits.headerFields) header fields or \(limits.headerBytes) bytes of them. "
        + "Send fewer cookies.", headers: closing)
  }

  static func headTimeout(_ limit: Duration) -> ServiceError {
    ServiceError(
      status: .requestTimeout, code: .timeout,
      message: "The request's head did not arrive within \(limit.components.seconds) seconds. Send it again.",
      headers: closing)
  }

  static func bodyTooSlow(_ limits: ConnectionLimits) -> ServiceError {
    ServiceError(
      status: .requestTimeout, code: .timeout,
      message: "The body came more slowly than \(limits.bodyRate) bytes a second. Send a smaller image, or try again.",
      headers: closing)
  }

  static let tooManyBodies = comeAgain(
    "The service is receiving as many uploads as it can, or as many from this address. Try again in a moment.")

  static let tooManyAnswers = comeAgain(
    "Too many large answers wait to be read. Read those that you have asked for, or try again in a moment.")

  static let tooManyStreams = ServiceError(
    status: .serviceUnavailable, code: .busy,
    message: "You have as many streams of events open as one client may. Close one, or wait until one has ended.",
    headers: [.retryAfter: "5"])

  static let tooManyConnections = comeAgain(
    "The service has as many connections as it can, all of them busy. Try again in a moment.")

  private static func comeAgain(_ message: String) -> ServiceError {
    ServiceError(
      status: .serviceUnavailable, code: .busy, message: message, headers: [.retryAfter: "1", .connection: "close"])
  }

  private static let closing: HTTPFields = [.connection: "close"]

  // MARK: The service

  static let internalError = ServiceError(
    status: .internalServerError, code: .internalError,
    message: "Something went wrong inside the service; its log has the details under this answer's X-Request-Id.")

  /// The client left before the answer: the status that nginx logs; nobody reads it.
  private static let gone = ServiceError(
    status: .clientClosedRequest, code: .timeout,
    message: "The client closed the request.")
}

extension HTTPResponse.Status {
  static let clientClosedRequest = HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
}
