import Autodiff
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Serves HTTP/1 on the connections that the listening socket accepts.
///
/// In the place of Hummingbird's `HTTP1Channel`, which reads on for ever what nobody wants, has one timeout for
/// everything, and answers what it cannot parse without a word. From the socket on: how fast answers are taken, the
/// close, the time of heads, NIO's parser and writer, framing, exchanges.
struct ConnectionServer: ServerChildChannel {
  typealias Requests = NIOAsyncChannel<IncomingRequest, HTTPResponsePart>

  struct Value: ServerChildChannelValue {
    let channel: any Channel
    /// Nothing where the connection was turned away.
    let accepted: (connection: Connection, requests: Requests)?
  }

  let connections: Connections
  let responder: HTTPChannelHandler.Responder
  private let turnedAway = TurnedAwayCount()

  init(_ connections: Connections, responder: @escaping HTTPChannelHandler.Responder) {
    self.connections = connections
    self.responder = responder
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let connection = Connection(channel)
      let lingering = LingeringClose(connections)
      guard connections.registry.open(connection) else {
        connections.tallies.count(.connections)
        try turnAway(channel, lingering)
        return Value(channel: channel, accepted: nil)
      }
      channel.closeFuture.whenComplete { [connections] _ in
        connection.close()
        connections.registry.closed(connection)
      }
      do {
        let requests = try addHandlers(to: channel, connection, lingering)
        return Value(channel: channel, accepted: (connection, requests))
      } catch {
        channel.close(promise: nil)
        throw error
      }
    }
  }

  private func addHandlers(
    to channel: any Channel, _ connection: Connection, _ lingering: LingeringClose
  ) throws -> Requests {
    var parserLimits = NIOHTTPDecoderLimitConfiguration()
    // Of one field; the rest is counted by `RequestFraming`.
    parserLimits.maxHeaderFieldSize = max(connections.limits.headerBytes, connections.limits.targetBytes)
    parserLimits.maxHeaderListSize = connections.limits.headerBytes + connections.limits.targetBytes
    parserLimits.maxHeaderFieldCount = connections.limits.headerFields
    let head = HeadWatch(connections)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([OutputWatch(connections), lingering, head, HTTPResponseEncoder()])
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: parserLimits)))
    try pipeline.addHandler(RequestFraming(connections, head: head))
    try pipeline.addHandler(ExchangeHandler(connections, connection, head: head, lingering: lingering))
    return try NIOAsyncChannel(
      wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: false))
  }

  private func turnAway(_ channel: any Channel, _ lingering: LingeringClose) throws {
    guard turnedAway.begin(limit: connections.limits.refusalsAtOnce) else {
      channel.close(promise: nil)
      return
    }
    channel.closeFuture.whenComplete { [turnedAway] _ in turnedAway.end() }
    try channel.pipeline.syncOperations.addHandlers([lingering, TurnedAway(lingering)])
  }

  func handle(value: Value, logger: Logger) async {
    guard let (connection, requests) = value.accepted else { return }
    do {
      try await withTaskCancellationHandler {
        try await requests.executeThenClose { inbound, outbound in
          var count = 0
          for try await request in inbound {
            let origin = RequestOrigin(connection: connection, asker: request.asker, fault: request.fault)
            defer { origin.isOver() }
            try await RequestOrigin.$current.withValue(origin) {
              try await responder(
                Request(head: request.head, body: request.body), ResponseWriter(outbound: outbound), value.channel)
            }
            count += 1
            guard await connection.hasFinished(exchanges: count) else { break }
          }
          // The handlers close it, once the last answer has arrived or the client has left.
          try await value.channel.closeFuture.get()
        }
      } onCancel: {
        value.channel.close(promise: nil)
      }
    } catch {
      logger.debug("connection ended", metadata: ["cause": "\(error)"])
    }
  }
}

/// How many are being told that there is no room.
private final class TurnedAwayCount: Sendable {
  private let count = Guarded(0)

  func begin(limit: Int) -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func end() { count.withLock { $0 -= 1 } }
}
