import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection, which carries one request after the other; made anew where it was closed. It belongs to one task at
/// a time.
package actor LoadConnection {
  private let address: LoadAddress
  private var channel: (any Channel)?
  /// Connections that were made in place of one that the server had closed.
  package private(set) var reconnections = 0
  private var hasConnected = false

  package init(to address: LoadAddress) { self.address = address }

  /// - Parameters:
  ///   - timeout: from now until the answer is whole.
  ///   - keepsBody: whether the answer's body is wanted: at most 1 MiB of it is kept.
  package func answer(
    to request: LoadRequest, within timeout: Duration, keepsBody: Bool = false
  ) async throws(LoadFault) -> LoadAnswer {
    let channel = try await connected(within: timeout)
    let promise = channel.eventLoop.makePromise(of: LoadAnswer.self)
    let exchange = Exchange(request: request, keepsBody: keepsBody, promise: promise)
    // Where the connection was closed meanwhile nobody else completes the promise.
    channel.writeAndFlush(exchange).whenFailure { _ in promise.fail(LoadFault.cutOff) }
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
      promise.fail(LoadFault.timeout)
      channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    do {
      return try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: {
        promise.fail(LoadFault.cutOff)
        channel.close(promise: nil)
      }
    } catch {
      self.channel = nil
      throw error as? LoadFault ?? .cutOff
    }
  }

  package func close() async {
    try? await channel?.close()
    channel = nil
  }

  private func connected(within timeout: Duration) async throws(LoadFault) -> any Channel {
    if let channel, channel.isActive { return channel }
    if hasConnected { reconnections += 1 }
    let address = address
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(timeout))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            // What is asked for late may be left of an answer that was given up.
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
            try pipeline.addHandler(ExchangeHandler(address))
          }
        }
        .connect(host: address.host, port: address.port).get()
      self.channel = channel
      hasConnected = true
      return channel
    } catch ChannelError.connectTimeout {
      throw .timeout
    } catch {
      throw .noConnection
    }
  }
}

/// A request on its way through the channel, and who waits for its answer.
private struct Exchange: Sendable {
  let request: LoadRequest
  let keepsBody: Bool
  let promise: EventLoopPromise<LoadAnswer>
}

/// Writes a request's parts and gathers its answer's.
private final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Exchange
  typealias OutboundOut = HTTPClientRequestPart

  private static let maximumBody = 1 << 20

  private let address: LoadAddress
  private var exchange: Exchange?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  init(_ address: LoadAddress) { self.address = address }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let exchange = unwrapOutboundIn(data)
    (self.exchange, head, body) = (exchange, nil, [])
    let request = exchange.request
    var headers = HTTPHeaders([("Host", address.authority)])
    for header in request.headers { headers.add(name: header.name, value: header.value) }
    if request.body.readableBytes > 0 || request.method == "POST" {
      headers.add(name: "Content-Length", value: String(request.body.readableBytes))
    }
    let head = HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: address.prefix + request.path,
      headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let part):
      guard exchange?.keepsBody == true, body.count + part.readableBytes <= Self.maximumBody else { return }
      body += part.readableBytesView
    case .end:
      guard let head, let exchange else { return }
      self.exchange = nil
      if !head.isKeepAlive { context.close(promise: nil) }
      exchange.promise.succeed(
        LoadAnswer(
          status: Int(head.status.code), retryAfter: head.headers["Retry-After"].first.flatMap(Double.init),
          server: head.headers["Server"].first, body: body))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    exchange?.promise.fail(LoadFault.cutOff)
    exchange = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    exchange?.promise.fail(error is HTTPParserError ? LoadFault.malformed : LoadFault.cutOff)
    exchange = nil
    context.close(promise: nil)
  }
}
