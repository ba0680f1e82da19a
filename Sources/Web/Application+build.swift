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

/// Runs the service until SIGTERM or SIGINT; then it stops accepting, finishes what runs, and returns: see
/// `EndingSequence`.
///
/// - Parameters:
///   - logs: where the logger writes to.
///   - onReady: called once it listens, with its port.
/// - Throws: `StartError` where it cannot begin.
package func serve(
  _ configuration: ServiceConfiguration, models: any ModelProvider, engine: Engine, logger: Logger, logs: LogQueue,
  onReady: @escaping @Sendable (Int) async -> Void = { _ in }
) async throws {
  SystemMemory.holdLittle()
  DescriptorLimit.raise(to: configuration.connections.descriptors)
  let ending = Ending()
  let auditing = try Auditing(configuration.audit, logger: logger)
  let application = try buildApplication(
    configuration, models: models, engine: engine, logger: logger, logs: logs, ending: ending, auditing: auditing,
    onReady: onReady)
  let services = ServiceGroup(configuration: .init(services: [application], logger: logger))
  let sequence = EndingSequence(
    ending: ending, delay: configuration.shutdownDelay, timeout: configuration.shutdownTimeout, logger: logger)
  let cut = try await withThrowingTaskGroup(of: Int.self) { tasks in
    tasks.addTask {
      do {
        try await services.run()
      } catch let error where !ending.cancelling.isOpen {
        throw StartError.of(error, configuration)
      } catch {
        // Cut short: what it has to say of that is known.
      }
      return 0
    }
    tasks.addTask {
      await sequence.run(services)
      return ending.running
    }
    defer { tasks.cancelAll() }
    return try await tasks.next() ?? 0
  }
  await auditing.end()
  logger.notice("ended", metadata: ["cancelled": "\(ending.cancelled + cut)"])
}

/// The application, as `serve` runs it and as the tests do.
///
/// - Parameters:
///   - logs: where the logger writes to, where that is a queue.
///   - now: the time by which kept analyses expire.
package func buildApplication(
  _ configuration: ServiceConfiguration, models: any ModelProvider, engine: Engine,
  logger: Logger = Logger(label: "gaze"), logs: LogQueue? = nil, ending: Ending = Ending(),
  auditing: Auditing = Auditing(),
  now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
  onReady: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
  let start = ReplicaStart(of: configuration.replica)
  let service = ExplanationService(
    configuration.limits, models: models, engine: engine, signer: auditing.signer, start: start, now: now)
  let access = try Access(configuration.access, logger: logger)
  ending.hangUp.add { access.tokens?.reload() }
  let connections = Connections(configuration.connections, access: access) { client in
    do throws(ServingError) {
      try service.pool.checkRoom(for: client)
      return nil
    } catch {
      return error
    }
  }
  logger.info(
    "limits",
    metadata: ["connections": "\(connections.registry.limit)", "open files": "\(DescriptorLimit.current)"])
  logger.info("ids of this start", metadata: ["prefix": "\(start)"])
  let observability = configuration.observability
  let spans = observability.traceEndpoint.map { _ in SpanQueue() }
  var services: [any Service] = [
    PoolKeeper(pool: service.pool), Sweeper(service: service), TokenWatch(tokens: access.tokens),
  ]
  if let endpoint = observability.traceEndpoint, let spans {
    services.append(
      OTLPExporter(
        endpoint: endpoint, serviceName: observability.serviceName, queue: spans, logger: logger,
        interval: observability.traceInterval))
  }
  let router = try buildRouter(
    FaceContext(service, configuration, auditing: auditing), configuration, connections, logs: logs, spans: spans,
    ending: ending)
  return Application(
    responder: ServableAddressCase(next: router.buildResponder()),
    server: HTTPServerBuilder { responder in ConnectionServer(connections, responder: responder) },
    configuration: ApplicationConfiguration(
      address: .hostname(configuration.host, port: configuration.port), serverName: "gaze", backlog: 1024),
    services: services,
    onServerRunning: { channel in
      try? await channel.eventLoop.submit {
        try channel.pipeline.syncOperations.addHandler(AcceptPause(connections), position: .first)
      }.get()
      await onReady(channel.localAddress?.port ?? configuration.port)
    },
    logger: logger)
}

/// Every route, from the outside in: observed, secured, logged for audit, errors told, askers looked at, paced, packed,
/// answered.
func buildRouter(
  _ face: FaceContext, _ configuration: ServiceConfiguration, _ connections: Connections, logs: LogQueue? = nil,
  spans: SpanQueue? = nil, ending: Ending = Ending()
) throws -> Router<GazeRequestContext> {
  let metrics = ServiceMetrics(connections, logs: logs, spans: spans)
  let tracer = RequestTracer(queue: spans, ratio: configuration.observability.traceRatio)
  let staticFolder = configuration.staticFolder
  let router = Router(context: GazeRequestContext.self, options: .autoGenerateHeadEndpoints)
  router.add(middleware: Observation(metrics: metrics.requests, tracer: tracer))
  router.add(middleware: EndingMiddleware(ending: ending))
  router.add(middleware: SecurityHeaders())
  router.add(middleware: OriginHeaders(allowed: configuration.allowedOrigins))
  if let trail = face.auditing.trail { router.add(middleware: AuditMiddleware(trail: trail)) }
  router.add(middleware: ErrorMiddleware(vertex: configuration.vertex))
  router.add(middleware: RequestFaults())
  router.add(middleware: HostGuard(configuration))
  router.add(middleware: OriginGuard(allowed: configuration.allowedOrigins))
  router.add(middleware: PathGuard())
  let files = try StaticFiles(folder: staticFolder)
  let access = connections.access
  let signIn = try access.tokens.map { _ in
    try SignInPage(folder: staticFolder, prefix: access.configuration.pathPrefix)
  }
  router.add(
    middleware: AccessGuard(
      access, usage: face.service.usage, signIn: signIn, open: files.paths + ["/sign-in", "/sign-out"]))
  router.add(middleware: AnswerPacing(connections: connections))
  router.add(middleware: Compression(face: face))
  let template = try PageTemplate(folder: staticFolder)
  router.addRoutes(PageController(face, template).endpoints)
  router.addRoutes(files.endpoints)
  if let signIn { router.addRoutes(SignInController(page: signIn, access: access).endpoints) }
  for address in Links.apiAddresses {
    let address = RouterPath(address)
    router.addRoutes(AnalysisController(face).endpoints, atPath: address)
    router.addRoutes(BatchController(face).endpoints, atPath: address)
    router.addRoutes(EventController(face).endpoints, atPath: address)
    router.addRoutes(FaithfulnessController(face).endpoints, atPath: address)
    router.addRoutes(ModelController(face).endpoints, atPath: address)
    router.addRoutes(KeyController(keys: face.auditing.publicKeys).endpoints, atPath: address)
  }
  router.addRoutes(ModelServingController(face).endpoints)
  router.addRoutes(OpenInferenceController(face).endpoints)
  router.addRoutes(TorchServeController(face).endpoints)
  router.addRoutes(HuggingFaceController(face).endpoints)
  router.addRoutes(
    HealthController(metrics: metrics, service: face.service, ending: ending, auditing: face.auditing).endpoints)
  if let container = configuration.vertex {
    router.addRoutes(try VertexController(face, container).endpoints(besides: router.takenRoutes))
  }
  router.refuseOtherMethods()
  return router
}

extension Router where Context == GazeRequestContext {
  fileprivate var takenRoutes: Set<TakenRoute> { Set(routes.map { TakenRoute($0.method, $0.path.description) }) }

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
    await pool.shutDown()
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
        let isAtRest = service.pool.load.isIdle && service.models.passes.count == passes
        if isAtRest && !hasTrimmed {
          service.engine.pool.trim()
          SystemMemory.trim()
        }
        (passes, hasTrimmed) = (service.models.passes.count, isAtRest)
      }
    }
  }
}

/// Looks at the file of tokens now and then.
private struct TokenWatch: Service {
  let tokens: TokenKeeper?

  func run() async throws {
    guard let tokens else {
      try? await gracefulShutdown()
      return
    }
    await cancelWhenGracefulShutdown { await tokens.watch() }
  }
}

/// Why the service cannot begin. Each says what would work.
package enum StartError: Error, CustomStringConvertible {
  case noPage(folder: String)
  case tokens(file: String, reason: String)
  case cannotListen(host: String, port: Int, reason: String)
  /// The host's name leads nowhere.
  case unknownHost(String)
  /// An address that is not one of this machine's.
  case foreignHost(String)
  /// A port that only root may listen on.
  case forbiddenPort(Int)
  /// An address that Vertex AI is to ask, where the service has one of its own.
  case routeTaken(String)
  /// There is no key to sign with, or no log to write; a sentence.
  case cannotAudit(String)

  package var description: String {
    switch self {
    case .noPage(let folder):
      "The folder \(folder) has no index.html; name the folder with Gaze's page."
    case .tokens(let file, let reason):
      "The tokens in \(file) cannot be taken: \(reason)"
    case .cannotListen(let host, let port, let reason):
      "The service cannot listen on \(writtenAuthority(host: host, port: port)) (\(reason)); choose another port."
    case .unknownHost(let host):
      "There is no address for the name '\(host)', so the service cannot listen on it. \(Self.hosts)"
    case .foreignHost(let host):
      "'\(host)' is not an address of this machine, so the service cannot listen on it. \(Self.hosts)"
    case .cannotAudit(let reason): reason
    case .forbiddenPort(let port):
      "Port \(port) may not be listened on by this user; choose one from 1024 on, or 0 for one that is free."
    case .routeTaken(let route):
      "The service has an address '\(route)' of its own, so AIP_PREDICT_ROUTE and AIP_EXPLAIN_ROUTE cannot be that. "
        + "Choose others, such as /predict and /explain."
    }
  }

  private static let hosts =
    "Give --host 127.0.0.1 or ::1 for this machine alone, 0.0.0.0 or :: for all its addresses, or one of them."
}

extension StartError {
  /// What the sockets say of the address, as a sentence; anything else as it is.
  fileprivate static func of(_ error: any Error, _ configuration: ServiceConfiguration) -> any Error {
    let (host, port) = (configuration.host, configuration.port)
    switch error {
    case is SocketAddressError, is SocketAddressError.UnknownHost: return StartError.unknownHost(host)
    case let error as IOError where [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode):
      return StartError.foreignHost(host)
    case let error as IOError where error.errnoCode == EACCES: return StartError.forbiddenPort(port)
    case let error as IOError:
      return StartError.cannotListen(host: host, port: port, reason: String(cString: strerror(error.errnoCode)))
    default: return error
    }
  }
}
