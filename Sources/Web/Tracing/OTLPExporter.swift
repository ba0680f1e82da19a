import Autodiff
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Sends spans to a collector by OTLP over HTTP, a batch at a time, each on a connection of its own.
///
/// One task does it, beside everything else. A batch is sent once: what the collector does not take in time is dropped
/// and counted, and what ends meanwhile waits in the bounded queue.
struct OTLPExporter: Service {
  let endpoint: OTLPEndpoint
  /// The name under which the collector knows the service.
  let serviceName: String
  let queue: SpanQueue
  let logger: Logger
  /// How often spans are sent.
  let interval: Duration
  /// For one batch, from looking the host up to the head of the collector's answer.
  var timeout: Duration = .seconds(10)

  /// Spans of one request: some hundred kilobytes of text.
  static let batch = 512
  /// For what has ended last, when the service is stopped.
  private static let timeAtTheEnd: Duration = .seconds(2)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var isFailing = false
      while (try? await Task.sleep(for: interval)) != nil {
        let failure = await sendAll(within: timeout)
        // Said once, until it has worked again.
        if let failure, !isFailing {
          logger.warning(
            "traces are not taken", metadata: ["collector": "\(endpoint.authority)", "cause": "\(failure)"])
        }
        isFailing = failure != nil
      }
    }
    _ = await sendAll(within: Self.timeAtTheEnd)
  }

  /// Sends what waits; stops at the first failure, which it returns.
  private func sendAll(within timeout: Duration) async -> (any Error)? {
    while true {
      let spans = queue.take(Self.batch)
      guard !spans.isEmpty else { return nil }
      do {
        let body = try encodeJSON(OTLPRequest(spans, service: serviceName))
        try await post(ByteBuffer(bytes: body), within: timeout)
        queue.count(exported: spans.count)
      } catch {
        queue.count(dropped: spans.count)
        return error
      }
    }
  }

  private func post(_ body: ByteBuffer, within timeout: Duration) async throws {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(TimeAmount(timeout))
      .connect(host: endpoint.host, port: endpoint.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
            wrappingChannelSynchronously: channel)
        }
      }
    let channel = connection.channel
    let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
    defer { alarm.cancel() }
    let head = HTTPRequestHead(
      version: .http1_1, method: .POST, uri: endpoint.path,
      headers: [
        "Host": endpoint.authority, "Content-Type": "application/json",
        "Content-Length": String(body.readableBytes), "User-Agent": "gaze", "Connection": "close",
      ])
    let status = try await connection.executeThenClose { answer, request -> HTTPResponseStatus? in
      try await request.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
      for try await case .head(let head) in answer { return head.status }
      return nil
    }
    guard let status else { throw ExportError.noAnswer }
    guard (200..<300).contains(status.code) else { throw ExportError.refused(status) }
  }
}

private enum ExportError: Error, CustomStringConvertible {
  case noAnswer
  case refused(HTTPResponseStatus)

  var description: String {
    switch self {
    case .noAnswer: "the collector did not answer in time"
    case .refused(let status): "the collector answered \(status.code)"
    }
  }
}
