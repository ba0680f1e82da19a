import Autodiff
import Load
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server on loopback that does with its n-th request what a test says.
final class ScriptedServer: Sendable {
  enum Reply: Sendable {
    case answer(Int, after: TimeAmount = .zero, headers: [(String, String)] = [])
    case closing
    case garbage
    /// Nothing, while the connection stays open.
    case silence
  }

  let address: LoadAddress
  private let channel: any Channel
  private let count: Guarded<Int>

  /// Requests that have come.
  var requests: Int { count.withLock { $0 } }

  init(_ script: @escaping @Sendable (Int) -> Reply) async throws {
    let count = Guarded(0)
    self.count = count
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(HTTPResponseEncoder(), name: ScriptHandler.encoder)
          try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
          try pipeline.addHandler(
            ScriptHandler {
              script(
                count.withLock { count in
                  count += 1
                  return count - 1
                })
            })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    address = try LoadAddress("http://127.0.0.1:\(channel.localAddress!.port!)")
  }

  func end() async throws { try await channel.close() }
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  static let encoder = "encoder"

  private let next: @Sendable () -> ScriptedServer.Reply

  init(_ next: @escaping @Sendable () -> ScriptedServer.Reply) { self.next = next }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = unwrapInboundIn(data) else { return }
    let channel = context.channel
    switch next() {
    case .answer(let status, let delay, let headers):
      let head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status),
        headers: HTTPHeaders(headers + [("Content-Length", "2")]))
      channel.eventLoop.scheduleTask(in: delay) {
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "{}"))), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
      }
    case .closing: context.close(promise: nil)
    case .garbage:
      // Past the encoder, straight into the socket.
      channel.pipeline.removeHandler(name: ScriptHandler.encoder).whenSuccess {
        channel.writeAndFlush(ByteBuffer(string: "this is no HTTP\r\n\r\n"), promise: nil)
      }
    case .silence: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
