import Hummingbird
import Logging
import Serving

/// Turns what a handler throws into the JSON answer of `docs/api.md`, in the form of the protocol that the path belongs
/// to.
struct ErrorMiddleware: RouterMiddleware {
  typealias Context = GazeRequestContext

  let vertex: VertexContainer?

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let refusal = ServiceError(error)
      refusal.log(to: context.logger)
      let path = request.uri.path
      return try refusal.response(as: vertex?.has(path: path) == true ? .tensorFlowServing : ErrorForm(path: path))
    }
  }
}

extension ServiceError {
  /// Notes what was refused, and a fault of ours with its cause; what the client did wrong is in its answer.
  func log(to logger: Logger) {
    WorkRecord.current?.note(failure: code.rawValue)
    guard let cause else { return }
    logger.error("request failed", metadata: ["cause": "\(cause)"])
  }

  func response(as form: ErrorForm) throws -> Response {
    let status = form == .tensorFlowServing ? tensorFlowServingStatus : status
    return .bytes(try json(as: form), type: "application/json", status: status, headers: headers)
  }

  /// The body of an answer that says this.
  func json(as form: ErrorForm) throws -> [UInt8] {
    switch form {
    case .gaze: [UInt8](try encodeJSON(ErrorAnswer(error: .init(code: code, message: message, field: field))))
    case .tensorFlowServing, .openInference, .huggingFace: [UInt8](try encodeJSON(["error": message]))
    case .torchServe: [UInt8](try encodeJSON(TorchServeError(self)))
    }
  }
}

/// How an error is written.
enum ErrorForm {
  /// `{"error": {"code": …, "message": …}}`
  case gaze
  /// `{"error": "…"}`
  case tensorFlowServing
  /// `{"error": "…"}`
  case openInference
  /// `{"error": "…"}`
  case huggingFace
  /// `{"code": …, "error": {…}, "message": …, "type": …}`
  case torchServe

  /// - Parameter path: of the request, whether or not there is a route.
  init(path: String) {
    switch path.split(separator: "/", maxSplits: 1).first {
    case "v1": self = .tensorFlowServing
    case "v2": self = .openInference
    case "hf": self = .huggingFace
    case "ping", "predictions", "explanations", "models": self = .torchServe
    default: self = .gaze
    }
  }
}

/// `{"error": {"code": …, "message": …}}`
struct ErrorAnswer: Encodable {
  struct Body: Encodable {
    let code: ServiceError.Code
    let message: String
    /// Left out where no single field is at fault.
    let field: String?
  }

  let error: Body
}
