import Autodiff
import Explain
import Foundation
import HTTPTypes
import Hummingbird
import Images
import JSON
import Models
import Networks
import Serving

/// TorchServe's interface for a classifier of images: predictions as labels with probabilities, and explanations as
/// arrays of numbers.
///
/// Source: TorchServe's inference and management API, `docs/inference_api.md`, and its handler `image_classifier`. What
/// is explained are Gaze's defaults, which a query changes; TorchServe's own handler gives the integrated gradients of
/// class 0. Errors have TorchServe's members beside Gaze's (`TorchServeError`).
struct TorchServeController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  /// Versions of a model: TorchServe calls the first 1.0.
  private static let versions = ["1.0", "1"]
  /// How many classes its handler gives.
  private static let top = 5

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("ping", use: ping)
      .get("models", use: list)
      .get("models/:model", use: describe)
      .post("predictions/:model", use: predict)
      .post("predictions/:model/:version", use: predict)
      .post("explanations/:model", use: explain)
      .post("explanations/:model/:version", use: explain)
      // curl -T, by which TorchServe's documentation sends images.
      .put("predictions/:model", use: predict)
      .put("predictions/:model/:version", use: predict)
      .put("explanations/:model", use: explain)
      .put("explanations/:model/:version", use: explain)
  }

  @Sendable private func ping(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let readiness = ReadinessAnswer(
      service, isEnding: context.ending?.announced.isOpen ?? false, cannotAudit: face.auditing.isBroken)
    return try .json(
      ["status": readiness.isReady ? "Healthy" : "Unhealthy"], status: readiness.isReady ? .ok : .serviceUnavailable)
  }

  // MARK: Models

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["models": service.models.list().map { ["modelName": $0.name, "modelUrl": "/api/models/\($0.name)"] }])
  }

  @Sendable private func describe(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, models) = (try context.decoded("model"), service.models.list())
    guard models.contains(where: { $0.name == name }) else {
      throw ServiceError(ModelStoreError.unknownModel(name.abbreviated(), known: models.map(\.name)))
    }
    let readiness = ModelReadiness(fault: service.models.fault(in: name))
    return try .json([ModelDescription(name, isReady: readiness.isReady)])
  }

  /// One version of a model, of which the service itself is the one worker.
  private struct ModelDescription: Encodable {
    struct Worker: Encodable {
      let id = "gaze"
      let status: String

      enum CodingKeys: CodingKey { case id, status }
    }

    let modelName: String
    let modelVersion = TorchServeController.versions[0]
    let modelUrl: String
    let batchSize = 1
    let workers: [Worker]

    enum CodingKeys: CodingKey { case modelName, modelVersion, modelUrl, batchSize, workers }

    init(_ name: String, isReady: Bool) {
      modelName = name
      modelUrl = "/api/models/\(name)"
      workers = [Worker(status: isReady ? "READY" : "UNLOADED")]
    }
  }

  /// The name in the path.
  private static func model(_ context: GazeRequestContext) throws -> String {
    let name = try context.decoded("model")
    guard context.parameters.get("version") != nil else { return name }
    let version = try context.decoded("version")
    guard versions.contains(version) else { throw ServiceError.unknownVersion(version, of: name) }
    return name
  }

  // MARK: Answers

  /// The most likely classes, the first the likeliest: `{"tabby": 0.42, …}`; or the values.
  @Sendable private func predict(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try Self.model(context)
    return try await face.receive(request, context) { upload, fields in
      try fields.refuse(besides: [.window, .top])
      let (top, window) = (try Ask.top(of: fields), try fields.window())
      return try await ofOneImage {
        try await service.answers(by: name, for: context.client, byteCount: upload.image.count) {
          BatchQuestion((), images: [.file(try Self.image(of: upload))], window: window, maps: [])
        } part: { _, answer in
          answer.scores
        } reply: { _, classifier, scores in
          let count = try classifier.labels.count(listing: top)
          let names = UniqueNames(classifier.labels)
          var object = JSONObject()
          for index in scores[0].logits.indices(ofLargest: count) {
            try object.add(membersOf: [names[index]: scores[0].numbers[index]])
          }
          return .bytes(object.text(), type: "application/json")
        }
      }
    }
  }

  /// The map as an array [1, maps, H, W]: one map, or one for each of the classes of a list.
  @Sendable private func explain(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try Self.model(context)
    return try await face.receive(request, context) { upload, fields in
      try fields.refuse([
        .model: "The model stands in the address.", .top: "The answer is a map alone.",
        .include: "The answer is a map alone.",
      ])
      let ask = try Ask(fields)
      return try await ofOneImage {
        try await service.answers(by: name, for: context.client, byteCount: upload.image.count) {
          BatchQuestion(
            (), images: [.file(try Self.image(of: upload))], window: ask.window,
            maps: [.init(ask, as: .json(ask.resolution, withPicture: false))])
        } part: { _, answer in
          let maps = answer.answers[0].attributions.map { $0.map(at: ask.resolution) }
          guard !maps.contains(where: { $0.values.contains(where: \.isNaN) }) else { throw ServiceError.unseenInArray }
          return Array(maps.map(SaliencyAnswer.text).joined(separator: [UInt8(ascii: ",")]))
        } reply: { _, _, images in
          .bytes(Array("[[".utf8) + images[0] + Array("]]".utf8), type: "application/json")
        }
      }
    }
  }

  /// The image of a body: the file itself, or JSON with its Base64 under `data` or `body`, as TorchServe's handler
  /// takes it.
  private static func image(of upload: Upload) throws -> [UInt8] {
    guard JSONValue.isObject(upload.image) else { return upload.image }
    do {
      let members = try PlacedJSON(JSONValue(upload.image)).members(["data", "body"])
      guard members.count == 1, let image = members.first?.value else {
        throw ServiceError.badRequest(#"The body must be an image's file, or {"data": "…"} with its Base64."#)
      }
      return try ImageInJSON.bytes(of: image.value, at: image.place)
    } catch let error as JSONError {
      throw ServiceError.badRequest("The body begins as JSON but is none: \(error).")
    }
  }
}

/// An error as TorchServe's clients know it, and Gaze's beside it.
struct TorchServeError: Encodable {
  let code: Int
  let error: ErrorAnswer.Body
  let message: String
  let type: String

  init(_ error: ServiceError) {
    code = Int(error.status.code)
    message = error.message
    self.error = ErrorAnswer.Body(code: error.code, message: error.message, field: error.field)
    type =
      switch error.code {
      case .unknownModel: "ModelNotFoundException"
      case .notFound, .unknownClass, .unknownLayer: "ResourceNotFoundException"
      case .methodNotAllowed: "MethodNotAllowedException"
      case .internalError: "InternalServerException"
      default: error.status.kind == .serverError ? "ServiceUnavailableException" : "BadRequestException"
      }
  }
}

/// Names of classes as keys: a label that stands twice in a model's list has its index behind it.
struct UniqueNames {
  private let labels: Labels
  private let counts: [String: Int]

  init(_ labels: Labels) {
    self.labels = labels
    counts = labels.classes.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
  }

  subscript(index: Int) -> String {
    var name = labels[index].name
    guard counts[name, default: 0] > 1 else { return name }
    // That may be another's label.
    repeat { name += " (\(index))" } while counts[name] != nil
    return name
  }
}

extension ServiceError {
  fileprivate static let unseenInArray = badRequest(
    "The map has pixels that the network did not see, for which an array of numbers has none. Ask for resolution=input."
  )
}
