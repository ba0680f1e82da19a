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

  /// A model is available as soon as the store has it; it is loaded when it is first asked.
  @Sendable private func status(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, verb) = try context.modelAndVerb
    guard verb == nil else { throw ServiceError.methodNotAllowed(allowed: [.post]) }
    let models = service.models.list().map(\.name)
    guard models.contains(name) else {
      throw ServiceError(ModelStoreError.unknownModel(name.abbreviated(), known: models))
    }
    return try .json(ModelStatusAnswer(name))
  }

  @Sendable private func predict(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, verb) = try context.modelAndVerb
    guard let verb else { throw ServiceError.methodNotAllowed(allowed: [.get]) }
    guard verb.lowercased() == "predict" else { throw ServiceError.unknownVerb(verb) }
    return try await service.pool.withPlace {
      let body = try await Upload.collect(request, limits: face.uploadLimits)
      return try await context.whileConnected {
        try await service.predict(by: name, window: askFields(request.uri).window()) {
          let wanted = try PredictRequest(body, maximum: service.limits.maximumInstances)
          return (wanted.form, wanted.images)
        } reply: { form, logits in
          let rows = logits.map(PredictionRow.init)
          switch form {
          case .rows: return try .json(["predictions": rows])
          case .columns: return try .json(["outputs": PredictionColumns(rows)])
          }
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
  /// The most probable class; of equals the first.
  let classIndex: Int
  /// Softmax, one for each class.
  let probabilities: [Float]

  enum CodingKeys: String, CodingKey {
    case classIndex = "CLASSES"
    case probabilities = "PROBABILITIES"
  }

  init(logits: [Float]) {
    classIndex = logits.indexOfLargest ?? 0
    probabilities = softmax(logits)
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
      let errorCode = "OK"
      let errorMessage = ""

      enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case errorMessage = "error_message"
      }
    }

    let version = "1"
    let state = "AVAILABLE"
    let status = Status()

    enum CodingKeys: String, CodingKey {
      case version, state, status
    }
  }

  let name: String
  let ready = true
  let versions = [Version()]

  init(_ name: String) { self.name = name }

  enum CodingKeys: String, CodingKey {
    case name, ready
    case versions = "model_version_status"
  }
}
