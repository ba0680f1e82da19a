import NIOCore

/// Keeps the time of what comes between two requests: a head must be complete soon after its first byte, and somebody
/// who has nothing to ask is let go after a while.
///
/// Sits before the parser and looks at the bytes, since a parser says nothing before a head is whole.
final class HeadWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let connections: Connections
  private var alarm: Alarm?
  private var isBetweenRequests = true
  private var hasBegun = false
  private var hasServed = false
  /// Bytes of the head's first line, as far as it has come.
  private(set) var firstLineBytes = 0
  private var isFirstLine = true

  init(_ connections: Connections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) {
    alarm = Alarm(on: context.eventLoop) { [weak self] in self?.expire(context) }
    alarm?.set(in: connections.limits.headTimeout)
  }

  func handlerRemoved(context: ChannelHandlerContext) { alarm = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isBetweenRequests {
      if !hasBegun {
        hasBegun = true
        alarm?.set(in: connections.limits.headTimeout)
      }
      if isFirstLine { measure(unwrapInboundIn(data)) }
    }
    context.fireChannelRead(data)
  }

  /// A head is complete, or nothing more is read.
  func headEnded() {
    isBetweenRequests = false
    hasServed = true
    alarm?.clear()
  }

  /// Everything before has been answered.
  func headMayBegin() {
    (isBetweenRequests, hasBegun, isFirstLine, firstLineBytes) = (true, false, true, 0)
    alarm?.set(in: connections.limits.idleTimeout)
  }

  private func measure(_ bytes: ByteBuffer) {
    for byte in bytes.readableBytesView {
      if byte == UInt8(ascii: "\n") {
        // Empty lines before a request are skipped. Source: RFC 9112 section 2.2.
        guard firstLineBytes == 0 else {
          isFirstLine = false
          return
        }
      } else if byte != UInt8(ascii: "\r") {
        firstLineBytes += 1
      }
    }
  }

  private func expire(_ context: ChannelHandlerContext) {
    guard hasBegun || !hasServed else {
      connections.tallies.count(.idle)
      return context.close(promise: nil)
    }
    connections.tallies.count(.headTimeout)
    context.fireErrorCaught(RequestFault(.headTimeout(connections.limits.headTimeout)))
  }
}
