import Explain
import Foundation
import Hummingbird
import Models
import Serving

/// What can be asked, and what the networks know.
struct ModelController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  /// Below `Links.apiAddresses`.
  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("models", use: list)
      .get("methods", use: methods)
      .get("models/:name", use: show)
      .get("models/:name/classes", use: classes)
      .get("models/:name/report/:file", use: report)
  }

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (manifests, links) = (service.models.list(), face.links(for: request))
    return try .json(
      ModelListAnswer(
        defaultModel: service.defaultModelName(among: manifests),
        models: manifests.map { ModelAnswer($0, ModelReadiness(fault: service.models.fault(in: $0.name)), links) }))
  }

  @Sendable private func methods(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(
      MethodListAnswer(
        defaultMethod: MethodCatalog.defaultName, methods: try MethodCatalog.entries.map(MethodAnswer.init)))
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, links) = (try context.decoded("name"), face.links(for: request))
    return try await context.whileConnected {
      try await service.layers(of: name, for: context.client) { classifier, layers in
        try .json(
          ModelAnswer(
            classifier.manifest, layers: layers, hasReport: service.models.hasReport(of: classifier.name), links))
      }
    }
  }

  @Sendable private func classes(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try context.decoded("name")
    return try await context.whileConnected {
      try await service.classifier(name, for: context.client) { try .json(ClassListAnswer($0.labels)) }
    }
  }

  /// What `gaze evaluate --keep` found of the model: `report.json`, and the pictures that it names.
  @Sendable private func report(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (name, file) = (try context.decoded("name"), try context.decoded("file"))
    let types = ["json": "application/json", "png": "image/png", "jpg": "image/jpeg"]
    return try await context.whileConnected {
      try await service.pool.run(for: context.client) { _ in
        guard let bytes = service.models.reportFile(file, of: name),
          let type = types[String(file.split(separator: ".").last ?? "")]
        else {
          let known = service.models.list().map(\.name)
          guard known.contains(name) else { throw ModelStoreError.unknownModel(name, known: known) }
          throw ServiceError.noReport(of: name, file: file)
        }
        return .bytes(bytes, type: type, headers: [.cacheControl: "private, no-cache"])
      }
    }
  }
}
