package import Autodiff
import Glibc
import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import Models
import NIOCore
import ServiceLifecycle
package import Serving

/// Runs the service until SIGTERM or SIGINT; then it stops accepting, finishes what runs, and returns.
///
/// - Parameter onReady: called once it listens, with its port.
/// - Throws: `StartError` where it cannot begin.
package func serve(
  _ configuration: ServiceConfiguration, models: any ModelProvider, engine: Engine, logger: Logger,
  onReady: @escaping @Sendable (Int) async -> Void = { _ in }
) async throws {
  SystemMemory.holdLittle()
  DescriptorLimit.raise(to: configuration.connections.descriptors)
  let application = try buildApplication(
    configuration, models: models, engine: engine, logger: logger, onReady: onReady)
  do {
    try await application.runService()
  } catch let error as IOError {
    throw StartError.cannotListen(
      host: configuration.host, port: configuration.port, reason: String(cString: strerror(error.errnoCode)))
  }
}

/// The application, as `serve` runs it and as the tests do.
///
/// - Parameter now: the time by which kept analyses expire.
package func buildApplication(
  _ configuration: ServiceConfiguration, models: any ModelProvider, engine: Engine,
  logger: Logger = Logger(label: "gaze"),
  now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
  onReady: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
  let service = ExplanationService(configuration.limits, models: models, engine: engine, now: now)
  let connections = Connections(configuration.connections) { _ in
    service.pool.load.admitted < service.pool.places ? nil : ServingError.busy
  }
  logger.info(
    "limits",
    metadata: ["connections": "\(connections.registry.limit)", "open files": "\(DescriptorLimit.current)"])
  return Application(
    router: try buildRouter(
      FaceContext(service, configuration), connections, staticFolder: configuration.staticFolder),
    server: HTTPServerBuilder { responder in ConnectionServer(connections, responder: responder) },
    configuration: ApplicationConfiguration(
      address: .hostname(configuration.host, port: configuration.port), serverName: "gaze", backlog: 1024),
    services: [PoolKeeper(pool: service.pool), Sweeper(service: service)],
    onServerRunning: { channel in
      try? await channel.eventLoop.submit {
        try channel.pipeline.syncOperations.addHandler(AcceptPause(connections), position: .first)
      }.get()
      await onReady(channel.localAddress?.port ?? configuration.port)
    },
    logger: logger)
}

/// Every route, from the outside in: observed, secured, errors told, answered.
func buildRouter(
  _ face: FaceContext, _ connections: Connections, staticFolder: String
) throws -> Router<GazeRequestContext> {
  let metrics = ServiceMetrics()
  let router = Router(context: GazeRequestContext.self, options: .autoGenerateHeadEndpoints)
  router.add(middleware: Observation(metrics: metrics))
  router.add(middleware: SecurityHeaders())
  router.add(middleware: ErrorMiddleware())
  router.add(middleware: RequestFaults())
  router.add(middleware: AnswerPacing(connections: connections))
  let template = try PageTemplate(folder: staticFolder)
  router.addRoutes(PageController(face, template).endpoints)
  router.addRoutes(try StaticFiles(folder: staticFolder).endpoints)
  router.addRoutes(AnalysisController(face).endpoints)
  router.addRoutes(FaithfulnessController(face).endpoints)
  router.addRoutes(ModelController(face).endpoints)
  router.addRoutes(PredictController(face).endpoints)
  router.addRoutes(HealthController(metrics: metrics, service: face.service, connections: connections).endpoints)
  router.refuseOtherMethods()
  return router
}

extension Router where Context == GazeRequestContext {
  /// Gives every path an answer to the methods that it does not take.
  fileprivate func refuseOtherMethods() {
    for (_, routes) in Dictionary(grouping: routes, by: \.path.description) {
      var taken = Set(routes.map(\.method))
      if taken.contains(.get) { taken.insert(.head) }
      let refusal = ServiceError.methodNotAllowed(allowed: Array(taken))
      for method in Observation.knownMethods.subtracting(taken) {
        on(routes[0].path, method: method) { _, _ -> Response in throw refusal }
      }
    }
  }
}

/// Keeps the pool's threads while the service runs; it stops after the server, when no request is left.
private struct PoolKeeper: Service {
  let pool: ComputePool

  func run() async throws {
    try? await gracefulShutdown()
    try await pool.shutDown()
  }
}

/// Drops expired analyses even while nobody asks for anything, and gives memory back once nobody has asked for a while.
private struct Sweeper: Service {
  let service: ExplanationService

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var (passes, hasTrimmed) = (service.models.passes.count, false)
      while (try? await Task.sleep(for: min(service.limits.timeToLive / 4, .seconds(30)))) != nil {
        service.sweep()
        let isAtRest = service.pool.load.admitted == 0 && service.models.passes.count == passes
        if isAtRest && !hasTrimmed {
          service.engine.pool.trim()
          SystemMemory.trim()
        }
        (passes, hasTrimmed) = (service.models.passes.count, isAtRest)
      }
    }
  }
}

/// Why the service cannot begin.
package enum StartError: Error, CustomStringConvertible {
  case noPage(folder: String)
  case cannotListen(host: String, port: Int, reason: String)

  package var description: String {
    switch self {
    case .noPage(let folder):
      "The folder \(folder) has no index.html; name the folder with Gaze's page."
    case .cannotListen(let host, let port, let reason):
      "The service cannot listen on \(host):\(port) (\(reason)); choose another port."
    }
  }
}
