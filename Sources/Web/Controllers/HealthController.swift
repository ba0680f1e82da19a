import Hummingbird
import Serving

/// What operators ask: does it live, and what does it do.
struct HealthController: Sendable {
  let metrics: ServiceMetrics
  let service: ExplanationService
  let connections: Connections

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("healthz", use: health)
      .get("metrics", use: report)
  }

  @Sendable private func health(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["status": "ok"])
  }

  @Sendable private func report(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    .bytes(metrics.text(of: service.statistics, connections).utf8, type: "text/plain; version=0.0.4; charset=utf-8")
  }
}
