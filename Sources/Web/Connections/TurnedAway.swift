import HTTPTypes
import NIOCore

/// Answers a connection for which there is no room: a short refusal, whatever it asks for.
final class TurnedAway: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let lingering: LingeringClose

  init(_ lingering: LingeringClose) { self.lingering = lingering }

  private static let answer: [UInt8] = {
    let refusal = ServiceError.tooManyConnections
    let body = (try? refusal.json(as: .gaze)) ?? []
    let head = """
      HTTP/1.1 503 Service Unavailable\r
      Content-Type: application/json\r
      Content-Length: \(body.count)\r
      Retry-After: \(refusal.headers[.retryAfter] ?? "1")\r
      Cache-Control: no-store\r
      Connection: close\r
      \r

      """
    return Array(head.utf8) + body
  }()

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.answer)), promise: nil)
    lingering.begin(bytes: 64 << 10)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
