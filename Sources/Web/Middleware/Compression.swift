import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// Packs answers for clients that take gzip: JSON, text and the page, of a kibibyte and more.
///
/// The entity tag of a packed answer becomes a weak one, since the bytes are others than those of the plain answer but
/// mean the same; whoever compares tags to spare an answer compares them so (RFC 9110 section 8.8.3.2).
struct Compression: RouterMiddleware {
  typealias Context = GazeRequestContext

  let face: FaceContext

  /// More takes its turn in the pool; up to this it is done at once, in less than a millisecond.
  private static let mostBytesAtOnce = 64 << 10
  /// What is longer goes as it is.
  private static let mostBytes = 32 << 20

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    let isText = Gzip.pays(for: response.headers[.contentType]) && response.headers[.contentEncoding] == nil
    if isText || response.status == .notModified { response.headers.vary(by: "Accept-Encoding") }
    // What is written as it comes into being has no length, and stays as it is.
    guard isText, let length = response.body.contentLength, (Gzip.leastBytes...Self.mostBytes).contains(length),
      Gzip.isAccepted(by: request.headers)
    else { return response }
    let plain = try await CollectedBody.bytes(of: response.body)
    response.body = ResponseBody(byteBuffer: try await packed(plain, context))
    response.headers[.contentEncoding] = "gzip"
    if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/" + tag }
    return response
  }

  private func packed(_ plain: ByteBuffer, _ context: Context) async throws -> ByteBuffer {
    guard plain.readableBytes > Self.mostBytesAtOnce else { return Gzip.packed(plain) }
    let continuation = face.service.continuing(for: context.client)
    return try await context.whileConnected { try await continuation { Gzip.packed(plain) } }
  }
}

/// Takes up what a body writes. One piece, the usual case, is not copied.
private final class CollectedBody: ResponseBodyWriter {
  private var bytes = ByteBuffer()

  static func bytes(of body: ResponseBody) async throws -> ByteBuffer {
    let collected = CollectedBody()
    try await body.write(collected)
    return collected.bytes
  }

  func write(_ buffer: ByteBuffer) async throws {
    if bytes.readableBytes == 0 { bytes = buffer } else { bytes.writeImmutableBuffer(buffer) }
  }

  func finish(_ trailers: HTTPFields?) async throws {}
}
