import Glibc
import NIOCore

/// Stops accepting for a moment when no file can be opened, and makes room meanwhile.
///
/// NIO would ask the kernel again at once: the connection that could not be accepted stays in the queue, so the socket
/// stays readable, and the event loop would do nothing else. Sits first in the listening socket's pipeline.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  static let time = TimeAmount.milliseconds(100)

  private let connections: Connections
  private var isPaused = false

  init(_ connections: Connections) { self.connections = connections }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    guard !isPaused else { return }
    isPaused = true
    connections.tallies.countAcceptPause()
    connections.registry.makeRoom()
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.time) { [self] in
      isPaused = false
      try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}
