import Explain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving

extension Response {
  /// JSON with stable keys. Its Content-Type has no parameters: some clients compare the whole field.
  static func json(
    _ answer: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    bytes(try encodeJSON(answer), type: "application/json", status: status, headers: headers)
  }

  static func bytes(
    _ body: some Sequence<UInt8>, type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    let buffer = ByteBuffer(bytes: body)
    var headers = headers
    headers[.contentType] = type
    headers[.contentLength] = String(buffer.readableBytes)
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
  }

  /// What may be large, such as an array of numbers: each part is made in the pool when the client has taken the one
  /// before it. A reader that is slow, or does not read at all, holds a part in memory and not a hundred megabytes.
  static func parts(
    of file: some PartedBody, madeBy continuation: Continuation, type: String, headers: HTTPFields
  ) -> Response {
    guard file.unmadeByteCount > mostBytesAtOnce else {
      return bytes((0..<file.partCount).flatMap(file.part), type: type, headers: headers)
    }
    var headers = headers
    headers[.contentType] = type
    headers[.contentLength] = String(file.byteCount)
    // The length stands in the header alone: what is not in memory does not count as such (`AnswerPacing`).
    let body = ResponseBody { writer in
      for index in 0..<file.partCount {
        try await writer.write(ByteBuffer(bytes: try await continuation { file.part(index) }))
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }
}

/// The body of an answer that is made part by part.
protocol PartedBody: Sendable {
  var byteCount: Int { get }
  /// Bytes that are not in memory before their part is asked for.
  var unmadeByteCount: Int { get }
  var partCount: Int { get }
  /// The bytes of a part, worked out when they are asked for.
  func part(_ index: Int) -> [UInt8]
}

extension NPYFile: PartedBody {
  var unmadeByteCount: Int { dataByteCount }
}

/// Up to this an answer is made as a whole.
private let mostBytesAtOnce = 1 << 20

/// Sorted keys, so that one value has one text; numbers that are not finite throw.
func encodeJSON(_ answer: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(answer)
}

/// A value that stands in JSON as `null` where there is none, instead of being left out.
@propertyWrapper
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  private let value: Value?

  init(wrappedValue: Value?) { value = wrappedValue }

  var wrappedValue: Value? { value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let gazeClass = HTTPField.Name("X-Gaze-Class")!
  /// What the numbers of a class cube are to be multiplied by.
  static let gazeScale = HTTPField.Name("X-Gaze-Scale")!
  static let gazeStatus = HTTPField.Name("X-Gaze-Status")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
