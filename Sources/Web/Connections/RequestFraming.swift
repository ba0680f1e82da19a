import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A request that cannot be taken, whatever it asks for: where it begins or ends is in doubt, or its head is too large.
struct RequestFault: Error {
  let error: ServiceError
  /// As far as it could be read.
  let head: HTTPRequest?

  init(_ error: ServiceError, _ head: HTTPRequest? = nil) {
    self.error = error
    self.head = head
  }
}

/// Lets heads through whose size is within the limits and that say in one way only where their body ends, and tells
/// what the parser gives up on in the service's words. After the first fault nothing more is let through.
///
/// Two readings of where a request ends let somebody smuggle a request past a proxy. Source: RFC 9112 sections 6.1,
/// 6.3.
final class RequestFraming: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private let connections: Connections
  private let head: HeadWatch
  private var hasFailed = false

  init(_ connections: Connections, head: HeadWatch) {
    self.connections = connections
    self.head = head
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasFailed else { return }
    if case .head(let head) = unwrapInboundIn(data), let error = fault(of: head) {
      return fail(context, RequestFault(error, try? HTTPRequest(head, secure: false, splitCookie: false)))
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasFailed else { return }
    switch error {
    case let fault as RequestFault: fail(context, fault)
    case HTTPParserError.invalidEOFState: context.fireErrorCaught(ClientLeft())
    case HTTPParserError.headerOverflow:
      let limits = connections.limits
      fail(
        context,
        RequestFault(head.firstLineBytes > limits.targetBytes ? .targetTooLong(limits) : .headTooLarge(limits)))
    case is HTTPParserError:
      connections.tallies.count(.malformed)
      fail(context, RequestFault(.malformedRequest))
    default: context.fireErrorCaught(error)
    }
  }

  private func fail(_ context: ChannelHandlerContext, _ fault: RequestFault) {
    hasFailed = true
    context.fireErrorCaught(fault)
  }

  private func fault(of head: HTTPRequestHead) -> ServiceError? {
    let limits = connections.limits
    guard head.uri.utf8.count <= limits.targetBytes else { return .targetTooLong(limits) }
    guard head.headers.count <= limits.headerFields,
      head.headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) <= limits.headerBytes
    else { return .headTooLarge(limits) }
    let lengths = head.headers["Content-Length"]
    guard lengths.count <= 1, lengths.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
      return .ambiguousLength
    }
    let codings = head.headers[canonicalForm: "Transfer-Encoding"].map { $0.lowercased() }
    guard !codings.isEmpty else { return nil }
    guard lengths.isEmpty, head.version != .http1_0 else { return .ambiguousLength }
    guard codings.allSatisfy({ $0 == "chunked" }) else { return .transferCoding }
    return codings.count == 1 ? nil : .ambiguousLength
  }
}
