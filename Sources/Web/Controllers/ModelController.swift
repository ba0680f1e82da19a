import Explain
import Foundation
import Hummingbird
import Models
import Networks

/// What can be asked, and what the networks know.
struct ModelController: Sendable {
  let service: ExplanationService

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("api/models", use: list)
      .get("api/methods", use: methods)
      .get("api/models/:name", use: show)
      .get("api/models/:name/classes", use: classes)
  }

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let manifests = service.models.list()
    return try .json(
      ModelListAnswer(
        defaultModel: service.defaultModelName(among: manifests),
        models: manifests.map { ModelAnswer($0) }))
  }

  @Sendable private func methods(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(
      MethodListAnswer(
        defaultMethod: MethodCatalog.defaultName, methods: try MethodCatalog.entries.map(MethodAnswer.init)))
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await service.pool.withPlace {
      let classifier = try await service.classifier(context.name)
      return try .json(ModelAnswer(classifier.manifest, layers: await service.layers(of: classifier)))
    }
  }

  @Sendable private func classes(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await service.pool.withPlace {
      try .json(ClassListAnswer(await service.classifier(context.name).labels))
    }
  }
}

extension GazeRequestContext {
  /// The model's name in the path, percent-decoded.
  fileprivate var name: String {
    get throws {
      let encoded = try parameters.require("name")
      guard let name = encoded.removingPercentEncoding else {
        throw ServiceError.badRequest("The model's name cannot be read: its percent-encoding is not UTF-8.")
      }
      return name
    }
  }
}
