import NIOCore
import Synchronization

/// Sits in every connection's pipeline and notices its end.
final class DisconnectionHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = Any

  let connection = Connection()

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { connection.close() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    connection.close()
    context.fireChannelInactive()
  }
}

/// Whether the other side is still there, for whoever waits to know.
final class Connection: Sendable {
  private struct State {
    var isClosed = false
    var waiting: [Int: AsyncStream<Never>.Continuation] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Returns when the connection is closed or the task is cancelled.
  func closed() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    let ticket = state.withLock { state -> Int? in
      guard !state.isClosed else { return nil }
      state.next += 1
      state.waiting[state.next] = continuation
      return state.next
    }
    guard let ticket else { return }
    for await _ in stream {}
    _ = state.withLock { $0.waiting.removeValue(forKey: ticket) }
  }

  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      return state.waiting.values
    }
    for continuation in waiting { continuation.finish() }
  }
}
