import Explain
import Hummingbird
import Models
import Serving

/// What operators ask: does it live, may it be sent requests, and what does it do.
struct HealthController: Sendable {
  let metrics: ServiceMetrics
  let service: ExplanationService
  let ending: Ending
  let auditing: Auditing

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("healthz", use: health)
      .get("livez", use: health)
      .get("readyz", use: readiness)
      .get("readyz/:model", use: modelReadiness)
      .get("metrics", use: report)
  }

  @Sendable private func health(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["status": "ok"])
  }

  /// Ready while the model of requests that name none would load, what is done can be logged where it must be, and
  /// nobody has asked the service to end.
  @Sendable private func readiness(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let answer = currentReadiness
    return try .json(answer, status: answer.isReady ? .ok : .serviceUnavailable)
  }

  /// The same of one model, whichever is the usual one.
  @Sendable private func modelReadiness(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let answer = currentReadiness
    let name = try context.decoded("model")
    guard var model = answer.models.first(where: { $0.name == name }) else {
      throw ModelStoreError.unknownModel(name.abbreviated(), known: answer.models.map(\.name))
    }
    if answer.isEnding { model = .init(name: name, isReady: false, reason: ReadinessAnswer.endingReason) }
    return try .json(model, status: model.isReady ? .ok : .serviceUnavailable)
  }

  private var currentReadiness: ReadinessAnswer {
    ReadinessAnswer(service, isEnding: ending.announced.isOpen, cannotAudit: auditing.isBroken)
  }

  @Sendable private func report(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    .bytes(metrics.text(of: service.statistics).utf8, type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

/// The JSON of `GET /readyz`.
struct ReadinessAnswer: Encodable {
  struct Model: Encodable {
    let name: String
    let isReady: Bool
    /// Left out where it is ready.
    let reason: String?

    enum CodingKeys: String, CodingKey {
      case name, reason
      case isReady = "ready"
    }
  }

  let isReady: Bool
  let isEnding: Bool
  /// A model that is not ready by which the service still is stays in the list, too.
  let models: [Model]
  /// Left out where it is ready.
  let reason: String?

  static let endingReason = "The service is being stopped."

  enum CodingKeys: String, CodingKey {
    case models, reason
    case isReady = "ready"
    case isEnding = "ending"
  }

  init(_ service: ExplanationService, isEnding: Bool, cannotAudit: Bool) {
    let manifests = service.models.list()
    let models = manifests.map { manifest in
      let readiness = ModelReadiness(fault: service.models.fault(in: manifest.name))
      return Model(name: manifest.name, isReady: readiness.isReady, reason: readiness.reason)
    }
    let usual = service.defaultModelName(among: manifests)
    let model = models.first { $0.name == usual }
    self.models = models
    self.isEnding = isEnding
    reason =
      if isEnding {
        Self.endingReason
      } else if cannotAudit {
        ServingError.auditUnavailable.description
      } else if let model {
        model.reason
      } else {
        ServingError.noModel.description
      }
    isReady = reason == nil
  }
}
