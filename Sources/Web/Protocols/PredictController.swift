import Autodiff
import Explain
import Foundation
import Hummingbird
import Models
import Networks
import Serving

/// Predictions as TensorFlow Serving's REST interface gives them, for every model: `POST /v1/models/NAME:predict`, and
/// whether a model is there, `GET /v1/models/NAME`.
///
/// Source: TensorFlow Serving, docs api_rest.md. The status also has what KServe's V1 protocol asks for (`name`,
/// `ready`). A query may give the `window` of the images' samples. Errors of this protocol are `{"error": "…"}`
/// (`ErrorForm`).
struct PredictController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("v1/models/:model", use: status)
      .post("v1/models/:model", use: predict)
  }

  /// A model is ready as soon as the store has it whole; it is loaded when it is first asked. Of one that would not
  /// load the answer is 503, as in KServe, with the state that TensorFlow Serving gives a version that ended.
  @Sendable private func status(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, verb) = try context.modelAndVerb
    guard verb == nil else { throw ServiceError.methodNotAllowed(allowed: [.post]) }
    let models = service.models.list().map(\.name)
    guard models.contains(name) else {
      throw ServiceError(ModelStoreError.unknownModel(name.abbreviated(), known: models))
    }
    let readiness = ModelReadiness(fault: service.models.fault(in: name))
    return try .json(
      ModelStatusAnswer(name, readiness), status: readiness.isReady ? .ok : .serviceUnavailable)
  }

  @Sendable private func predict(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, verb) = try context.modelAndVerb
    guard let verb else { throw ServiceError.methodNotAllowed(allowed: [.get]) }
    guard verb.lowercased() == "predict" else { throw ServiceError.unknownVerb(verb) }
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    return try await context.whileConnected {
      try await service.predict(
        by: name, window: askFields(request.uri).window(), for: context.client, byteCount: body.count
      ) {
        let wanted = try PredictRequest(body, maximum: service.limits.maximumInstances)
        return (wanted.form, wanted.images)
      } reply: { form, scores in
        let rows = scores.map(PredictionRow.init)
        switch form {
        case .rows: return try .json(["predictions": rows])
        case .columns: return try .json(["outputs": PredictionColumns(rows)])
        }
      }
    }
  }
}

extension GazeRequestContext {
  /// `NAME` or `NAME:VERB` of the path; the name is percent-decoded.
  fileprivate var modelAndVerb: (name: String, verb: String?) {
    get throws {
      let parts = try parameters.require("model").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let decoded = String(parts[0]).removingPercentEncoding else {
        throw ServiceError.badRequest("The model's name cannot be read: its percent-encoding is not UTF-8.")
      }
      if parts.count == 2 { return (decoded, String(parts[1])) }
      // Some clients encode the colon, too.
      let again = decoded.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(again[0]), again.count == 2 ? String(again[1]) : nil)
    }
  }
}

/// What a network says of one image.
struct PredictionRow: Encodable, Hashable, Sendable {
  /// The class with the greatest logit; of equals the first.
  let classIndex: Int
  /// One for each class.
  let probabilities: [Float]

  enum CodingKeys: String, CodingKey {
    case classIndex = "CLASSES"
    case probabilities = "PROBABILITIES"
  }

  init(_ scores: InstanceScores) {
    classIndex = scores.logits.indexOfLargest ?? 0
    probabilities = scores.probabilities
  }
}

/// The same, by outputs.
private struct PredictionColumns: Encodable {
  let classes: [Int]
  let probabilities: [[Float]]

  enum CodingKeys: String, CodingKey {
    case classes = "CLASSES"
    case probabilities = "PROBABILITIES"
  }

  init(_ rows: [PredictionRow]) {
    classes = rows.map(\.classIndex)
    probabilities = rows.map(\.probabilities)
  }
}

/// TensorFlow Serving's status of a model, and KServe's beside it.
private struct ModelStatusAnswer: Encodable {
  struct Version: Encodable {
    struct Status: Encodable {
      let errorCode: String
      let errorMessage: String

      enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case errorMessage = "error_message"
      }
    }

    let version = "1"
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
