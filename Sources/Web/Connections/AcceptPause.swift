import Glibc
import NIOCore

/// Stops accepting while there are more sockets than connections by half of the reserve, and for a moment when no file
/// can be opened at all.
///
/// A connection that is to make room is closed on its own event loop, a little later than the newcomer was accepted; a
/// burst of newcomers would use up every file meanwhile. And where accepting fails, NIO would ask the kernel again at
/// once: the newcomer stays in the queue, so the socket stays readable, and the event loop would do nothing else. Sits
/// first in the listening socket's pipeline.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  static let time = TimeAmount.milliseconds(100)

  private let connections: Connections
  private let limit: Int
  private var sockets = 0
  private var isResting = false
  private var isReading = true

  init(_ connections: Connections) {
    self.connections = connections
    limit = connections.registry.limit + max(connections.limits.descriptorReserve / 2, 1)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    sockets += 1
    let closed = unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop)
    closed.assumeIsolated().whenComplete { [self] _ in
      sockets -= 1
      readOrPause(context)
    }
    context.fireChannelRead(data)
    readOrPause(context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    guard !isResting else { return }
    isResting = true
    connections.tallies.countAcceptPause()
    connections.registry.makeRoom()
    readOrPause(context)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.time) { [self] in
      isResting = false
      readOrPause(context)
    }
  }

  private func readOrPause(_ context: ChannelHandlerContext) {
    let reads = !isResting && sockets < limit
    guard reads != isReading else { return }
    isReading = reads
    try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
  }
}
