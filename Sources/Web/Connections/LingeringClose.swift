import NIOCore

/// Ends a connection so that the last answer arrives: shuts down writing, reads on and throws away for a little while,
/// then closes. Were the socket closed with something unread in it, the kernel would send a reset, and the other side
/// could lose the answer.
///
/// Sits next to the socket, so that what comes then is not parsed any more.
final class LingeringClose: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let connections: Connections
  private var context: ChannelHandlerContext?
  private var alarm: Alarm?
  private var bytesLeft: Int?

  init(_ connections: Connections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    alarm = Alarm(on: context.eventLoop) { context.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { (self.context, alarm) = (nil, nil) }

  /// - Parameter bytes: how much is read and thrown away at most.
  func begin(bytes: Int) {
    guard bytesLeft == nil, let context else { return }
    bytesLeft = bytes
    alarm?.set(in: connections.limits.discardTime)
    context.close(mode: .output, promise: nil)
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let left = bytesLeft else { return context.fireChannelRead(data) }
    let bytes = unwrapInboundIn(data).readableBytes
    bytesLeft = left - bytes
    // What is too much is not read: who only writes is stopped by the full window, and who also reads has the answer,
    // which a reset would take from a proxy that is still passing on the body.
    if left >= 0, left < bytes { connections.tallies.count(.unwantedBody) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    if let bytesLeft, bytesLeft >= 0 { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if bytesLeft != nil, case ChannelEvent.inputClosed? = event as? ChannelEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
