import Glibc
import NIOCore

/// Cuts a connection whose client does not take its answer at the least rate.
///
/// Sits next to the socket. What counts as taken is what the other side's kernel has acknowledged, not what this side's
/// has: that swallows megabytes at once and is then full for minutes, so that a slow reader would look like one that
/// has stopped.
final class OutputWatch: ChannelOutboundHandler {
  typealias OutboundIn = IOData

  private let connections: Connections
  private var given = 0
  private var taken = 0
  private var watch: RateWatch?
  private var lastLook = NIODeadline.now()
  private var alarm: Alarm?

  init(_ connections: Connections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) {
    alarm = Alarm(on: context.eventLoop) { [weak self] in self?.look(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { alarm = nil }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    given += Self.unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  func flush(context: ChannelHandlerContext) {
    context.flush()
    guard watch == nil, waiting(context) > 0 else { return }
    let watch = RateWatch(rate: connections.limits.answerRate, grace: connections.limits.answerGrace)
    self.watch = watch
    taken = acknowledged(context)
    lastLook = .now()
    alarm?.set(in: watch.interval)
  }

  private func look(_ context: ChannelHandlerContext) {
    guard context.channel.isActive, waiting(context) > 0 else {
      watch = nil
      return
    }
    let (now, acknowledged) = (NIODeadline.now(), acknowledged(context))
    watch?.note(acknowledged - taken, in: Duration(now - lastLook))
    (taken, lastLook) = (acknowledged, now)
    guard let watch else { return }
    guard !watch.isTooSlow else {
      connections.tallies.count(.slowReader)
      // A reset, since the kernel would keep what it holds for minutes to send it after all.
      withSocket(context) { socket in
        var linger = linger(l_onoff: 1, l_linger: 0)
        return setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      }
      return context.close(promise: nil)
    }
    alarm?.set(in: watch.interval)
  }

  /// Bytes that the socket has not taken.
  private func waiting(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }

  /// Bytes that the other side's kernel has. Source: tcp(7), SIOCOUTQ.
  private func acknowledged(_ context: ChannelHandlerContext) -> Int {
    var unacknowledged: CInt = 0
    withSocket(context) { ioctl($0, UInt(TIOCOUTQ), &unacknowledged) }
    return given - waiting(context) - Int(unacknowledged)
  }

  private func withSocket(_ context: ChannelHandlerContext, _ body: (CInt) -> CInt) {
    _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, body)
  }
}
