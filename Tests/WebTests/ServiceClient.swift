import Autodiff
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import ServiceLifecycle

/// How a test reaches the service.
///
/// Hummingbird's own testing library could do this, but brings an HTTP client whose BoringSSL is 366 of the build's
/// steps.
enum Reach {
  /// Its router is asked, without a socket.
  case router
  /// One connection to a port of this machine.
  case socket
}

/// What the service answered.
struct TestResponse: Sendable {
  let head: HTTPResponse
  let body: ByteBuffer

  var status: HTTPResponse.Status { head.status }
  var headers: HTTPFields { head.headerFields }
}

/// What answers a test's requests.
protocol Answering: Sendable {
  /// Of the socket; nil where there is none.
  var port: Int? { get }
  func answer(_ head: HTTPRequest, _ body: ByteBuffer?) async throws -> TestResponse
}

extension ApplicationProtocol {
  /// Runs a test beside the application's services, which end with it.
  func reached(by reach: Reach, _ test: @Sendable (any Answering) async throws -> Void) async throws {
    switch reach {
    case .router:
      let routed = RoutedRequests<Responder>(responder: try await responder, logger: logger)
      for process in processesRunBeforeServerStart { try await process() }
      try await running(services, logger) { try await test(routed) }
    case .socket:
      let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
      let listening = ListeningApplication(base: self) { continuation.yield($0) }
      try await running([listening], logger) {
        for await port in ports {
          let connection = try await Connected(to: port)
          defer { connection.close() }
          return try await test(connection)
        }
      }
    }
  }
}

private func running(_ services: [any Service], _ logger: Logger, _ test: () async throws -> Void) async throws {
  let group = ServiceGroup(configuration: .init(services: services, logger: logger))
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask { try await group.run() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await test()) } catch { outcome = .failure(error) }
    await group.triggerGracefulShutdown()
    try await tasks.waitForAll()
    try outcome.get()
  }
}

/// Requests to the router alone.
private struct RoutedRequests<Responder: HTTPResponder>: Answering
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
  let responder: Responder
  let logger: Logger
  var port: Int? { nil }

  func answer(_ head: HTTPRequest, _ body: ByteBuffer?) async throws -> TestResponse {
    var logger = logger
    // What a context takes its id from.
    logger[metadataKey: "hb.request.id"] = .string("\(UInt64.random(in: 0...UInt64.max))")
    let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
    let response: Response
    do {
      response = try await responder.respond(
        to: Request(head: head, body: RequestBody(asyncSequence: Chunks(of: body))), context: .init(source: source))
    } catch {
      response = Response(status: .internalServerError)
    }
    let written = WrittenBody()
    try await response.body.write(written)
    return TestResponse(head: response.head, body: written.bytes.withLock { $0 })
  }
}

/// A body in pieces of the size that sockets give.
private struct Chunks: AsyncSequence, Sendable {
  let whole: ByteBuffer

  init(of body: ByteBuffer?) { whole = body ?? ByteBuffer() }

  struct AsyncIterator: AsyncIteratorProtocol {
    var rest: ByteBuffer

    mutating func next() async -> ByteBuffer? {
      rest.readableBytes > 0 ? rest.readSlice(length: Swift.min(32 << 10, rest.readableBytes)) : nil
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: whole) }
}

private struct WrittenBody: ResponseBodyWriter {
  let bytes = Guarded(ByteBuffer())

  func write(_ buffer: ByteBuffer) async throws { _ = bytes.withLock { $0.writeImmutableBuffer(buffer) } }
  func finish(_ trailers: HTTPFields?) async throws {}
}

/// An application that says on which port it listens.
private struct ListeningApplication<Base: ApplicationProtocol>: ApplicationProtocol {
  let base: Base
  let listens: @Sendable (Int) -> Void

  var responder: Base.Responder { get async throws { try await base.responder } }
  var server: HTTPServerBuilder { base.server }
  var eventLoopGroup: any EventLoopGroup { base.eventLoopGroup }
  var configuration: ApplicationConfiguration { base.configuration.with(address: .hostname("localhost", port: 0)) }
  var logger: Logger { base.logger }
  var services: [any Service] { base.services }
  var processesRunBeforeServerStart: [@Sendable () async throws -> Void] { base.processesRunBeforeServerStart }

  func onServerRunning(_ channel: any Channel) async {
    await base.onServerRunning(channel)
    if let port = channel.localAddress?.port { listens(port) }
  }
}

/// One connection, which stays open from request to request; another where the service has closed it meanwhile.
private final class Connected: Answering {
  let port: Int?
  private let channel: Guarded<any Channel>

  init(to port: Int) async throws {
    self.port = port
    channel = Guarded(try await Self.connect(to: port))
  }

  func close() { channel.withLock { $0.close(promise: nil) } }

  func answer(_ head: HTTPRequest, _ body: ByteBuffer?) async throws -> TestResponse {
    var open = channel.withLock { $0 }
    if !open.isActive, let port {
      let another = try await Self.connect(to: port)
      channel.withLock { $0 = another }
      open = another
    }
    let answer = open.eventLoop.makePromise(of: TestResponse.self)
    let deadline = open.eventLoop.scheduleTask(in: .seconds(60)) { answer.fail(Unanswered()) }
    defer { deadline.cancel() }
    open.writeAndFlush(Exchange.Order(head: head, body: body, answer: answer), promise: nil)
    return try await answer.futureResult.get()
  }

  private static func connect(to port: Int) async throws -> any Channel {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandlers(HTTP1ToHTTPClientCodec(), Exchange())
        }
      }
      .connect(host: "localhost", port: port).get()
  }
}

private struct Unanswered: Error {}

/// Writes requests, and fulfils their promises in turn.
private final class Exchange: ChannelDuplexHandler {
  struct Order: Sendable {
    let head: HTTPRequest
    let body: ByteBuffer?
    let answer: EventLoopPromise<TestResponse>
  }

  typealias OutboundIn = Order
  typealias OutboundOut = HTTPRequestPart
  typealias InboundIn = HTTPResponsePart

  private var waiting: [EventLoopPromise<TestResponse>] = []
  private var head: HTTPResponse?
  private var body = ByteBuffer()

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let order = unwrapOutboundIn(data)
    guard context.channel.isActive else { return order.answer.fail(ChannelError.ioOnClosedChannel) }
    waiting.append(order.answer)
    context.write(wrapOutboundOut(.head(order.head)), promise: nil)
    if let body = order.body { context.write(wrapOutboundOut(.body(body)), promise: nil) }
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): if head.status.kind != .informational { (self.head, body) = (head, ByteBuffer()) }
    case .body(var piece): body.writeBuffer(&piece)
    case .end:
      guard let head, !waiting.isEmpty else { return }
      self.head = nil
      waiting.removeFirst().succeed(TestResponse(head: head, body: body))
    }
  }

  func channelInactive(context: ChannelHandlerContext) { fail(with: ChannelError.eof) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(with: error)
    context.close(promise: nil)
  }

  private func fail(with error: any Error) {
    let abandoned = waiting
    waiting = []
    for answer in abandoned { answer.fail(error) }
  }
}
