import Autodiff
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Serving

@testable import Web

/// The service on a socket, with a few routes more, which take as long or answer as much as a test wants.
struct ConnectionTestService: Sendable {
  let port: Int
  let connections: Connections
  private let slow: SlowWork

  /// Runs `test` on a thread of its own.
  static func run(
    _ changes: [Change] = [],
    refusal: @escaping @Sendable (Serving.Client) -> (any Error)? = { _ in nil },
    _ test: @escaping @Sendable (ConnectionTestService) throws -> Void
  ) async throws {
    var configuration = ServiceConfiguration()
    configuration.limits.defaultModel = "tiny"
    configuration.staticFolder = staticFolder
    configuration.maximumBodyBytes = 64 << 20
    configuration.allowedHosts = ["*"]
    for change in changes { change.apply(&configuration) }
    let service = ExplanationService(
      configuration.limits, models: TinyModels(), engine: Engine(threadCount: 2), now: { .now })
    let connections = Connections(
      configuration.connections, access: try Access(configuration.access, logger: Logger(label: "test")),
      descriptors: 1 << 20, refusal: refusal)
    let face = FaceContext(service, configuration)
    let router = try buildRouter(face, configuration, connections)
    let slow = SlowWork()
    addRoutes(to: router, slow, face.uploadLimits)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, server: HTTPServerBuilder { ConnectionServer(connections, responder: $0) },
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), serverName: "gaze"),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
    let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await port in ports {
        defer { slow.letGo() }
        let running = ConnectionTestService(port: port, connections: connections, slow: slow)
        do {
          try await blocking { try test(running) }
        } catch {
          slow.letGo()
          await group.triggerGracefulShutdown()
          throw error
        }
        break
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  private static func addRoutes(to router: Router<GazeRequestContext>, _ slow: SlowWork, _ limits: Upload.Limits) {
    router.get("test/big/:count") { _, context -> Response in
      let count = try context.parameters.require("count", as: Int.self)
      return .bytes([UInt8](repeating: 7, count: count), type: "application/octet-stream")
    }
    router.get("test/stream") { _, _ in
      Response(
        status: .ok,
        body: ResponseBody { writer in
          for _ in 0..<3 { try await writer.write(ByteBuffer(string: "part ")) }
          try await writer.finish(nil)
        })
    }
    let wait: @Sendable (Request, GazeRequestContext) async throws -> Response = { _, context in
      try await context.whileConnected { try await slow.run() }
      return .bytes(Array("done".utf8), type: "text/plain")
    }
    router.get("test/slow", use: wait)
    router.post("test/slow") { request, context in
      _ = try await Upload.collect(request, limits: limits)
      return try await wait(request, context)
    }
    router.post("test/count") { request, _ -> Response in
      let body = try await Upload.collect(request, limits: limits)
      return .bytes(Array("\(body.count)".utf8), type: "text/plain")
    }
    router.post("test/refuse") { _, _ -> Response in throw ServiceError.badRequest("no") }
  }

  func client(from address: String = "127.0.0.1", receiveBuffer: Int? = nil) throws -> RawClient {
    try RawClient(port, from: address, receiveBuffer: receiveBuffer)
  }

  /// Requests that wait in `test/slow`, and those of them that were cancelled.
  var waiting: Int { slow.counts.withLock { $0.waiting } }
  var cancelled: Int { slow.counts.withLock { $0.cancelled } }

  /// Lets all of them go on.
  func letGo() { slow.letGo() }

  /// A metric's value; its name with labels.
  func metric(_ name: String) throws -> Double? {
    let answer = try client(from: "127.0.0.99").ask("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return answer.text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}

/// Work that takes until it is let go or nobody waits for it any more.
final class SlowWork: Sendable {
  let counts = Guarded((waiting: 0, cancelled: 0, isOver: false))

  func letGo() { counts.withLock { $0.isOver = true } }

  func run() async throws {
    counts.withLock { $0.waiting += 1 }
    defer { counts.withLock { $0.waiting -= 1 } }
    while !counts.withLock({ $0.isOver }) {
      do {
        try await Task.sleep(for: .milliseconds(5))
      } catch {
        counts.withLock { $0.cancelled += 1 }
        throw error
      }
    }
  }
}
