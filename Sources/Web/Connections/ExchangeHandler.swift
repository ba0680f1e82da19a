import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A request as it comes off a connection.
struct IncomingRequest: Sendable {
  let head: HTTPRequest
  let body: RequestBody
  let asker: Asker
  let fault: ServiceError?
}

/// Makes requests of what the parser finds and writes their answers, and decides in between: when to read on, what
/// becomes of a body that nobody wants, whether the connection is kept, and what a closed sending side means.
///
/// One request is served at a time. While it is, nothing is read: what a client sends ahead stays in the kernel.
final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = IncomingRequest
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let connections: Connections
  private let connection: Connection
  private let head: HeadWatch
  private let lingering: LingeringClose
  private var context: ChannelHandlerContext!
  private var discardAlarm: Alarm?
  private var rateAlarm: Alarm?
  private var rate: RateWatch?
  private var lastLook = NIODeadline.now()
  private var receivedBytes = 0

  /// The one that is answered, and those behind it.
  private var exchanges: ArraySlice<Exchange> = []
  private var nextID = 0
  /// Nothing more is taken in: what came was faulty or too much, or the client has left.
  private var isDeaf = false
  private var isInputClosed = false
  private var isQuiescing = false
  private var isClosing = false
  private var hasProbed = false

  init(_ connections: Connections, _ connection: Connection, head: HeadWatch, lingering: LingeringClose) {
    self.connections = connections
    self.connection = connection
    self.head = head
    self.lingering = lingering
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    discardAlarm = Alarm(on: context.eventLoop) { [weak self] in self?.stopDiscarding() }
    rateAlarm = Alarm(on: context.eventLoop) { [weak self] in self?.look() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    // Bodies refer back to here.
    (self.context, discardAlarm, rateAlarm, exchanges) = (nil, nil, nil, [])
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDeaf, !isClosing else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head)
    case .body(let bytes): receive(bytes)
    case .end: end()
    }
  }

  private func begin(_ head: HTTPRequestHead) {
    var head = head
    resolveHost(of: &head)
    head.uri = PathPrefix.removed(connections.access.configuration.pathPrefix, from: head.uri)
    guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
      return fail(RequestFault(.malformedRequest))
    }
    // What is sent further ahead than this must be sent again, on another connection.
    guard exchanges.count < connections.limits.pipelinedRequests else {
      isDeaf = true
      return
    }
    let exchange = Exchange(id: nextID, head)
    let asker = connections.access.asker(of: request, from: connection)
    var body = RequestBody(buffer: ByteBuffer())
    if exchange.hasBody {
      let loop = context.eventLoop
      let handler = NIOLoopBound(self, eventLoop: loop)
      let id = nextID
      let incoming = IncomingBody(from: asker.client, connections) {
        loop.execute { handler.value.want(id) }
      }
      exchange.body = incoming
      body = RequestBody(asyncSequence: incoming)
    }
    pass(exchange, IncomingRequest(head: request, body: body, asker: asker, fault: nil))
  }

  /// Writes into the Host field what the request is addressed to where that stands elsewhere: in an address that is
  /// written in full, whose host counts before the field's (RFC 9112 section 3.2.2), or, of an old client that names
  /// none, in the connection itself.
  private func resolveHost(of head: inout HTTPRequestHead) {
    let scheme = head.uri.prefix { $0 != "/" && $0 != "?" }.lowercased()
    if ["http:", "https:"].contains(scheme), head.uri.dropFirst(scheme.utf8.count).hasPrefix("//") {
      let rest = head.uri.dropFirst(scheme.utf8.count + 2)
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      let target = rest.dropFirst(authority.count)
      head.uri = target.hasPrefix("/") ? String(target) : "/" + target
      // Two fields stay two, and are refused.
      if head.headers["Host"].count <= 1 { head.headers.replaceOrAdd(name: "Host", value: String(authority)) }
    } else if head.version == .http1_0 && !head.headers.contains(name: "Host") {
      head.headers.add(name: "Host", value: ownAddress)
    }
  }

  private var ownAddress: String {
    guard let address = context.channel.localAddress, let host = address.ipAddress, let port = address.port else {
      return "localhost"
    }
    return writtenAuthority(host: host, port: port)
  }

  private func pass(_ exchange: Exchange, _ request: IncomingRequest) {
    head.headEnded()
    if exchanges.isEmpty { connections.registry.becameBusy(connection) }
    nextID += 1
    exchanges.append(exchange)
    context.fireChannelRead(wrapInboundOut(request))
  }

  private func receive(_ bytes: ByteBuffer) {
    guard let exchange = exchanges.last, let body = exchange.body else { return }
    receivedBytes += bytes.readableBytes
    exchange.receivedBytes += bytes.readableBytes
    if let left = exchange.discardsLeft {
      exchange.discardsLeft = left - bytes.readableBytes
      if left < bytes.readableBytes { stopDiscarding() }
    } else {
      exchange.isWanted = body.receive(bytes)
    }
  }

  private func end() {
    guard let exchange = exchanges.last else { return }
    exchange.isReceived = true
    rateAlarm?.clear()
    exchange.body?.finish()
    if exchange.isAnswered { finish() }
  }

  /// Somebody asks for more of a body.
  private func want(_ id: Int) {
    guard context != nil, let exchange = exchanges.first(where: { $0.id == id }), !exchange.isReceived,
      exchange.discardsLeft == nil
    else { return }
    exchange.isWanted = true
    if exchange.expectsContinue && !exchange.answerHasBegun {
      exchange.expectsContinue = false
      writeContinue()
    }
    if rateAlarm?.isSet == false {
      let rate = RateWatch(rate: connections.limits.bodyRate, grace: connections.limits.bodyGrace)
      (self.rate, receivedBytes, lastLook) = (rate, 0, .now())
      rateAlarm?.set(in: rate.interval)
    }
    readOn()
  }

  /// Looks at the rate of the body that comes; while nobody takes what has come, the sender is not at fault.
  private func look() {
    guard let exchange = exchanges.last, let body = exchange.body, !exchange.isReceived, exchange.discardsLeft == nil
    else { return }
    let now = NIODeadline.now()
    if exchange.isWanted { rate?.note(receivedBytes, in: Duration(now - lastLook)) }
    (receivedBytes, lastLook) = (0, now)
    guard let rate else { return }
    if rate.isTooSlow {
      connections.tallies.count(.slowBody)
      body.fail(ServiceError.bodyTooSlow(connections.limits))
    } else {
      rateAlarm?.set(in: rate.interval)
    }
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if readsOn { context.read() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    readOn()
  }

  private var readsOn: Bool {
    guard !isDeaf, !isClosing, let exchange = exchanges.last else { return exchanges.isEmpty && !isClosing }
    return !exchange.isReceived && (exchange.isWanted || exchange.discardsLeft != nil)
  }

  private func readOn() {
    if context != nil && readsOn { context.read() }
  }

  // MARK: Faults and ends

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let fault = error as? RequestFault { fail(fault) } else { leave() }
  }

  private func fail(_ fault: RequestFault) {
    guard !isDeaf, !isClosing else { return }
    isDeaf = true
    if let exchange = exchanges.last, !exchange.isReceived {
      exchange.closes = true
      exchange.body?.fail(fault.error)
      if exchange.isAnswered { finish() }
    } else {
      let unread = HTTPRequest(method: .unread, scheme: nil, authority: nil, path: "/")
      pass(
        Exchange(faultAt: nextID),
        IncomingRequest(
          head: fault.head ?? unread, body: RequestBody(buffer: ByteBuffer()), asker: Asker(client: connection.client),
          fault: fault.error))
      // It did not come from a read, whose end would pass it on.
      context.fireChannelReadComplete()
    }
  }

  /// The client is gone, or has closed its sending side amid a request.
  private func leave() {
    isDeaf = true
    guard let exchange = exchanges.last, !exchange.isReceived else { return }
    exchange.closes = true
    exchange.body?.fail(ClientLeft())
    if exchange.isAnswered { finish() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      isInputClosed = true
      leave()
      // Before the requests' stream learns of it and ends.
      context.fireUserInboundEventTriggered(event)
      if exchanges.isEmpty { close() } else { probe() }
    case is ChannelShouldQuiesceEvent:
      isQuiescing = true
      if exchanges.isEmpty { close() }
    case is GiveWay:
      if exchanges.isEmpty {
        connections.tallies.count(.madeRoom)
        context.close(promise: nil)
      } else {
        connections.registry.becameBusy(connection)
      }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    isClosing = true
    context.fireChannelInactive()
  }

  /// Finds out whether a client that has closed its sending side still waits for its answer: one that is gone replies
  /// to an interim answer with a reset. Source: RFC 9110 section 15.2 (a client takes interim answers at any time).
  private func probe() {
    guard isInputClosed, !hasProbed, let exchange = exchanges.first, exchange.isReceived, !exchange.answerHasBegun,
      exchange.version != .http1_0
    else { return }
    hasProbed = true
    writeContinue()
  }

  private func writeContinue() {
    context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
  }

  // MARK: Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let exchange = exchanges.first, !isClosing else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(let response):
      let head = answerHead(response, to: exchange)
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let bytes):
      let count = bytes.readableBytes
      let written = promise ?? context.eventLoop.makePromise()
      connections.tallies.addWaiting(count)
      written.futureResult.whenComplete { [connections, connection] _ in
        connections.tallies.addWaiting(-count)
        connection.write(count)
      }
      context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: written)
    case .end(let trailers):
      let written = promise ?? context.eventLoop.makePromise()
      written.futureResult.assumeIsolated().whenSuccess { [weak self] in self?.answered(exchange) }
      context.write(wrapOutboundOut(.end(trailers.map { HTTPHeaders($0) })), promise: written)
    }
  }

  private func answerHead(_ response: HTTPResponse, to exchange: Exchange) -> HTTPResponseHead {
    var head = HTTPResponseHead(response)
    guard response.status.kind != .informational else { return head }
    exchange.answerHasBegun = true
    let isLast = exchanges.count == 1
    let rest = exchange.announcedBytes - exchange.receivedBytes
    let hasUnwantedRest =
      !exchange.isReceived && (exchange.expectsContinue || rest > connections.limits.discardedBytes)
    if response.headerFields[.connection]?.lowercased() == "close" || hasUnwantedRest
      || isLast && (isDeaf || isInputClosed || isQuiescing)
    {
      exchange.closes = true
    }
    if exchange.version == .http1_0 {
      // Such a client knows no chunks: its body ends with its length, or with the connection.
      head.version = .http1_0
      if !head.headers.contains(name: "Content-Length") { exchange.closes = true }
    }
    if exchange.closes {
      head.headers.replaceOrAdd(name: "Connection", value: "close")
    } else if exchange.version == .http1_0 {
      head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
    }
    return head
  }

  private func answered(_ exchange: Exchange) {
    exchange.isAnswered = true
    connection.noteWritten(at: .now)
    if exchange.isReceived || exchange.closes || isInputClosed { return finish() }
    // What is left of the body is in the way of the next request.
    exchange.discardsLeft = connections.limits.discardedBytes
    exchange.body?.fail(ClientLeft())
    discardAlarm?.set(in: connections.limits.discardTime)
    readOn()
  }

  /// More of an unwanted body has come than is thrown away, or for longer.
  private func stopDiscarding() {
    guard let exchange = exchanges.first, exchange.discardsLeft != nil, !isClosing else { return }
    connections.tallies.count(.unwantedBody)
    exchange.closes = true
    finish()
  }

  /// The first exchange is over.
  private func finish() {
    guard let exchange = exchanges.popFirst(), context != nil, !isClosing else { return }
    discardAlarm?.clear()
    rateAlarm?.clear()
    exchange.body?.fail(ClientLeft())
    let closes = exchange.closes || exchanges.isEmpty && (isDeaf || isInputClosed || isQuiescing)
    if closes {
      close(after: exchange)
    } else if exchanges.isEmpty {
      head.headMayBegin()
      connections.registry.becameIdle(connection)
      readOn()
    } else {
      probe()
      readOn()
    }
    connection.finishExchange(isLast: closes)
  }

  private func close(after exchange: Exchange? = nil) {
    guard !isClosing else { return }
    isClosing = true
    isDeaf = true
    head.headEnded()
    if let exchange, !isInputClosed {
      // It only waits for the other side to close, so it gives way like one that is idle.
      connections.registry.becameIdle(connection)
      lingering.begin(bytes: max(0, exchange.discardsLeft ?? connections.limits.discardedBytes))
    } else {
      context.close(promise: nil)
    }
  }
}

/// One request and its answer.
private final class Exchange {
  let id: Int
  let version: HTTPVersion
  let hasBody: Bool
  /// Of a body that says its length; else 0.
  let announcedBytes: Int
  var body: IncomingBody?
  var receivedBytes = 0
  var isReceived = false
  var isWanted = false
  /// Bytes of the body that are thrown away yet, once it is answered.
  var discardsLeft: Int?
  /// The client waits to be told to go on.
  var expectsContinue: Bool
  var answerHasBegun = false
  var isAnswered = false
  /// Whether the connection ends with this answer.
  var closes: Bool

  init(id: Int, _ head: HTTPRequestHead) {
    self.id = id
    version = head.version
    announcedBytes = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
    hasBody =
      head.headers.contains(name: "Transfer-Encoding")
      || head.headers.first(name: "Content-Length").map { !$0.allSatisfy { $0 == "0" } } ?? false
    expectsContinue = version != .http1_0 && head.headers.first(name: "Expect")?.lowercased() == "100-continue"
    // After these the parser stops: another protocol may follow, which there is none of here.
    let isUpgrade = head.method == .CONNECT || head.headers.contains(name: "Upgrade")
    closes = !head.isKeepAlive || isUpgrade
  }

  /// One that was faulty before it began.
  init(faultAt id: Int) {
    self.id = id
    version = .http1_1
    (announcedBytes, hasBody, isReceived, expectsContinue, closes) = (0, false, true, false, true)
  }
}

extension HTTPRequest.Method {
  /// Of a request whose head could not be read.
  fileprivate static let unread = HTTPRequest.Method("UNREAD")!
}
