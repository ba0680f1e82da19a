import Explain
import Foundation
import Hummingbird
import Models
import NIOCore
import Serving

/// The Open Inference Protocol, version 2, as KServe, Triton and MLServer speak it over HTTP: what images show, and
/// where the network looked.
///
/// Source: open-inference-protocol specification, `inference_rest.yaml`; of Triton's extensions binary tensors,
/// classification and parameters. Errors are `{"error": "…"}`, also where no route is (`ErrorForm`).
struct OpenInferenceController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  var endpoints: RouteCollection<GazeRequestContext> {
    let routes = RouteCollection(context: GazeRequestContext.self)
      .get("v2", use: server)
      .get("v2/health/live", use: live)
      .get("v2/health/ready", use: ready)
      .get("v2/models", use: list)
    for model in ["v2/models/:model", "v2/models/:model/versions/:version"] {
      routes
        .get("\(model)", use: metadata)
        .get("\(model)/ready", use: modelReady)
        .post("\(model)/infer", use: infer)
    }
    return routes
  }

  // MARK: The server

  @Sendable private func server(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(ServerMetadata())
  }

  @Sendable private func live(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["live": true])
  }

  /// The specification calls the one member `live`, KServe's client reads `ready`.
  @Sendable private func ready(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let readiness = ReadinessAnswer(
      service, isEnding: context.ending?.announced.isOpen ?? false, cannotAudit: face.auditing.isBroken)
    return try .json(
      ServerReadiness(live: readiness.isReady, ready: readiness.isReady, error: readiness.reason),
      status: readiness.isReady ? .ok : .serviceUnavailable)
  }

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["models": service.models.list().map(\.name)])
  }

  // MARK: A model

  @Sendable private func metadata(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(OpenInferenceMetadata(manifest(context)))
  }

  @Sendable private func modelReady(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try manifest(context).name
    let readiness = ModelReadiness(fault: service.models.fault(in: name))
    return try .json(
      OpenInferenceReadiness(name: name, ready: readiness.isReady, error: readiness.reason),
      status: readiness.isReady ? .ok : .serviceUnavailable)
  }

  private func manifest(_ context: GazeRequestContext) throws -> ModelManifest {
    let (name, models) = (try Self.model(context), service.models.list())
    guard let manifest = models.first(where: { $0.name == name }) else {
      throw ServiceError(ModelStoreError.unknownModel(name.abbreviated(), known: models.map(\.name)))
    }
    return manifest
  }

  /// The name in the path. There is one version of each model.
  private static func model(_ context: GazeRequestContext) throws -> String {
    let name = try context.decoded("model")
    guard context.parameters.get("version") != nil else { return name }
    let version = try context.decoded("version")
    guard version == OpenInferenceMetadata.version else { throw ServiceError.unknownVersion(version, of: name) }
    return name
  }

  // MARK: Inference

  @Sendable private func infer(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try Self.model(context)
    let headerLength = try InferenceBody.headerLength(request.headers)
    let query = try queryFields(request.uri.query ?? "")
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    let (limits, continuation) = (service.limits, service.continuing(for: context.client))
    return try await context.whileConnected {
      do {
        return try await service.answers(by: name, for: context.client, byteCount: body.count) {
          let parts = try InferenceBody(body, headerLength: headerLength)
          return try InferenceRequest(parts, for: name, query: query, limits: limits).question
        } part: { request, answer in
          try InferencePart(request, answer)
        } reply: { request, classifier, parts in
          let answer = try InferenceAnswer(
            request, parts, by: classifier, id: context.id, maximumJSONValues: limits.maximumJSONValues)
          return .parts(of: answer, madeBy: continuation, type: answer.type, headers: answer.headers)
        }
      } catch let error as InstanceError {
        throw ServiceError(error.cause).at("inputs[0].data[\(error.index)]")
      }
    }
  }
}
