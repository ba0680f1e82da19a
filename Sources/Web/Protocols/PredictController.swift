import Autodiff
import Explain
import Foundation
import Hummingbird
import Images
import Models
import Networks

/// Predictions as TensorFlow Serving's REST interface gives them, for every model: `POST /v1/models/NAME:predict`, and whether a model
/// is there,
/// `GET /v1/models/NAME`.
///
/// Source: TensorFlow Serving, docs api_rest.md. The status also has what KServe's V1 protocol asks for (`name`, `ready`). Errors of this
/// protocol are `{"error": "…"}` (`ErrorForm`).
struct PredictController: Sendable {
  let service: ExplanationService

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
      let body = try await Upload.collect(request, limits: service.uploadLimits)
      return try await context.whileConnected {
        try await service.pool.run { cancellation in
          let classifier = try service.loadedClassifier(name)
          let wanted = try PredictRequest(body, maximum: service.maximumInstances)
          let rows = try service.predict(wanted.images, by: classifier, cancellation)
          switch wanted.form {
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

extension ExplanationService {
  /// Images that are run through the network at once.
  static let predictionBatch = 8

  /// Classifies images, a batch at a time, so that memory is bounded whatever their number. Runs in the pool.
  ///
  /// - Throws: for an image that cannot be read, with its place.
  func predict(
    _ images: [[UInt8]], by classifier: Classifier, _ cancellation: Cancellation
  ) throws -> [PredictionRow] {
    try limit.run(cancellation) { progress in
      var rows: [PredictionRow] = []
      while rows.count < images.count {
        let batch = rows.count..<min(rows.count + Self.predictionBatch, images.count)
        let inputs = try batch.map { index in
          do {
            let decoded = try Analysis.decode(images[index], for: classifier, limits: imageLimits, displaySide: 1)
            return classifier.preprocessing.input(from: decoded, in: engine.pool).input
          } catch {
            throw ServiceError(error).of(instance: index)
          }
        }
        let logits = try ForwardPass.logits(of: stacked(inputs), by: classifier, on: engine)
        rows += logits.map(PredictionRow.init(logits:))
        try progress.step(rows.count, of: images.count)
      }
      return rows
    }
  }

  /// Images of one shape, [1, H, W, 3] each, as a batch, [N, H, W, 3].
  private func stacked(_ images: [Tensor]) -> Tensor {
    if images.count == 1 { return images[0] }
    let shape = images[0].shape
    return Tensor([images.count, shape[1], shape[2], shape[3]], in: engine.pool) { elements in
      for (index, image) in images.enumerated() {
        image.withElements {
          elements.baseAddress!.advanced(by: index * shape.count).initialize(from: $0.baseAddress!, count: $0.count)
        }
      }
    }
  }
}
