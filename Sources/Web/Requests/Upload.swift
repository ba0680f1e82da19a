import Autodiff
import Explain
import Hummingbird
import NIOCore
import Serving

/// The image that a request brings, and what its form says beside it.
struct Upload: Sendable {
  let image: [UInt8]
  /// The form's text fields, in order.
  let fields: [(name: String, value: String)]
  /// Whether the body came as curl's `-d` and `--data-binary` send it.
  let isURLEncoded: Bool

  struct Limits: Sendable {
    let bytes: Int
    let timeout: Duration
  }

  /// Reads a body: a form if the Content-Type says so, else the image itself, whatever it says.
  ///
  /// Nothing is read of a body that announces to be too large, and no more than the limit of one that does not.
  init(_ request: Request, limits: Limits) async throws {
    var bytes = try await Self.collect(request, limits: limits)
    isURLEncoded =
      HeaderParameters(request.headers[.contentType] ?? "").value == "application/x-www-form-urlencoded"
    guard !bytes.isEmpty else { throw ServiceError.emptyBody }
    guard let contentType = request.headers[.contentType], MultipartForm.isAnnounced(by: contentType) else {
      image = bytes
      fields = []
      return
    }
    let found = try Self.file(in: bytes, contentType: contentType)
    // Moved to the front of the body's own memory: a photograph of megabytes is not copied to fresh pages.
    bytes.removeSubrange(found.place.upperBound...)
    bytes.removeSubrange(..<found.place.lowerBound)
    image = bytes
    fields = found.fields
  }

  /// Where in a form the image lies, and the form's text fields.
  private static func file(
    in bytes: [UInt8], contentType: String
  ) throws -> (place: Range<Int>, fields: [(name: String, value: String)]) {
    let form = try MultipartForm(bytes, contentType: contentType)
    guard let file = form.file else { throw ServiceError.noFile }
    guard !file.body.isEmpty else { throw ServiceError.emptyFile }
    return (file.body.indices, form.texts)
  }

  /// The body, whatever it is.
  static func collect(_ request: Request, limits: Limits) async throws -> [UInt8] {
    if let encoding = request.headers[.contentEncoding], encoding.trimmed().lowercased() != "identity" {
      throw ServiceError.contentEncoding(encoding)
    }
    let announced = max(request.headers[.contentLength].flatMap(Int.init) ?? 0, 0)
    guard announced <= limits.bytes else { throw ServiceError.tooManyBytes(limit: limits.bytes) }
    return try await collect(request.body, announced: announced, limits: limits)
  }

  /// - Parameter announced: the bytes that are expected, at most the limit.
  static func collect(_ body: RequestBody, announced: Int = 0, limits: Limits) async throws -> [UInt8] {
    let (collected, start) = (Collected(), ContinuousClock.now)
    defer { WorkRecord.current?.add(.receive, from: start) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(announced)
        for try await chunk in body {
          guard chunk.readableBytes <= limits.bytes - bytes.count else {
            throw ServiceError.tooManyBytes(limit: limits.bytes)
          }
          chunk.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        }
        collected.bytes.withLock { swap(&$0, &bytes) }
      }
      group.addTask {
        try await Task.sleep(for: limits.timeout)
        throw ServiceError.bodyTimeout(limits.timeout)
      }
      defer { group.cancelAll() }
      guard try await group.next() != nil else { throw CancellationError() }
    }
    // Swapped, not copied and not returned by the task, which may hold its result for a while: whoever changes the
    // bytes then copies them.
    var bytes: [UInt8] = []
    collected.bytes.withLock { swap(&$0, &bytes) }
    return bytes
  }
}

/// Where a body goes when it is whole.
private final class Collected: Sendable {
  let bytes = Guarded<[UInt8]>([])
}

extension FaceContext {
  /// Reads the body and answers it. Before the first byte it is asked whether the client would be refused anyway
  /// (`Connections`); if the client leaves meanwhile, the answer's task is cancelled.
  func receive(
    _ request: Request, _ context: GazeRequestContext,
    _ answer: @escaping @Sendable (Upload, AskFields) async throws -> Response
  ) async throws -> Response {
    let upload = try await Upload(request, limits: uploadLimits)
    let fields = try askFields(request.uri, form: upload.fields)
    do {
      return try await context.whileConnected { try await answer(upload, fields) }
    } catch let error where upload.isURLEncoded {
      throw ServiceError(error).afterURLEncoding
    }
  }
}
