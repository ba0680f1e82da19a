import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Hands a large answer to the socket piece by piece, each when the one before has been taken, and counts what waits.
///
/// An answer for which there is no room is given up, though it has been computed: how large it is nobody knows before,
/// and giving it up frees its memory, where waiting would not. A body without a `contentLength` is written as it is
/// made: it is paced, but not counted.
struct AnswerPacing: RouterMiddleware {
  typealias Context = GazeRequestContext

  let connections: Connections

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    let length = response.body.contentLength
    let chunk = connections.limits.chunkBytes
    guard let connection = context.connection, length ?? .max > chunk else { return response }
    var reservation: AnswerBudget.Reservation?
    if let length {
      reservation = connections.answers.reserve(length)
      guard reservation != nil else {
        connections.tallies.count(.answers)
        throw ServiceError.tooManyAnswers
      }
    }
    let body = response.body
    response.body = ResponseBody(contentLength: length) { [reservation] writer in
      let paced = PacedWriter(
        writer: writer, connection: connection, chunk: chunk, reservation: reservation, target: connection.writtenBytes)
      try await body.write(paced)
    }
    return response
  }
}

private struct PacedWriter: ResponseBodyWriter {
  var writer: any ResponseBodyWriter
  let connection: Connection
  let chunk: Int
  let reservation: AnswerBudget.Reservation?
  /// Bytes that the socket will have taken in all.
  var target: Int

  mutating func write(_ buffer: ByteBuffer) async throws {
    var rest = buffer
    while rest.readableBytes > 0, let slice = rest.readSlice(length: min(chunk, rest.readableBytes)) {
      target += slice.readableBytes
      try await writer.write(slice)
      try await connection.written(target)
      reservation?.giveBack(slice.readableBytes)
    }
  }

  consuming func finish(_ trailers: HTTPFields?) async throws { try await writer.finish(trailers) }
}
