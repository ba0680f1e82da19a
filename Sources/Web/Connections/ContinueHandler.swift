import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `Expect: 100-continue` with `100 Continue`, without which curl holds back a photograph of more than a
/// megabyte for a second.
///
/// A body that announces to be too large is not asked for: its refusal follows, and the client need not send it.
/// Source: RFC 9110 section 10.1.1.
final class ContinueHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = HTTPRequestPart
  typealias OutboundOut = HTTPResponsePart

  private let maximumBodyBytes: Int

  init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data), head.headerFields[.expect]?.lowercased() == "100-continue",
      head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0 <= maximumBodyBytes
    {
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    context.fireChannelRead(data)
  }
}
