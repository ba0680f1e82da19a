import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Web

/// Over a real socket: what the router alone cannot show.
@Suite struct LiveTests {
  @Test func oneConnectionServesManyRequests() async throws {
    try await withService(setup: .live) { client in
      let id = try await client.upload()
      for classIndex in 0..<3 {
        #expect(try await client.get("/api/analyses/\(id)/heatmap.png?class=\(classIndex)").status == .ok)
      }
      let refused = try await client.send(.post, "/api/analyses", body: Array("this is not an image".utf8))
      #expect(refused.status == .unsupportedMediaType)
      #expect(refused.headers[.server] == "gaze")
      #expect(try await client.upload() != id)
    }
  }

  @Test func aRefusedUploadLeavesTheConnectionUsable() async throws {
    try await withService(setup: .live, configuration: [.set(\.maximumBodyBytes, 10_000)]) { client in
      let refused = try await client.send(.post, "/api/analyses", body: [UInt8](repeating: 1, count: 3_000_000))
      #expect(refused.status == .contentTooLarge)
      #expect(try await client.get("/healthz").status == .ok)
    }
  }

  @Test func whoAsksBeforeSendingIsToldToGoOn() throws {
    let channel = EmbeddedChannel(handler: ContinueHandler(maximumBodyBytes: 1000))
    let ask = { (length: String?, expect: String?) -> HTTPResponse.Status? in
      var head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")
      head.headerFields[.contentLength] = length
      head.headerFields[.expect] = expect
      try channel.writeInbound(HTTPRequestPart.head(head))
      guard case .head(let answer)? = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
      return answer.status
    }
    #expect(try ask("1000", "100-continue") == .continue)
    #expect(try ask(nil, "100-Continue") == .continue)
    #expect(try ask("1001", "100-continue") == nil)
    #expect(try ask("99999999999999999999", "100-continue") == .continue, "refused when it is read")
    #expect(try ask("1000", nil) == nil)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test func headSendsNoBody() async throws {
    try await withService(setup: .live) { client in
      let head = try await client.send(.head, "/gaze.css")
      #expect(head.status == .ok)
      #expect(head.headers[.contentLength] != "0")
      #expect(try await client.get("/healthz").status == .ok)
    }
  }

  @Test(arguments: [true, false])
  func theEndOfAConnectionIsNoticed(isHalf: Bool) async throws {
    let handler = DisconnectionHandler()
    let channel = EmbeddedChannel(handler: handler)
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    let isOpen = Task { await handler.connection.closed() }
    isOpen.cancel()
    await isOpen.value
    #expect(!handler.connection.isClosed)
    if isHalf {
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    } else {
      channel.pipeline.fireChannelInactive()
    }
    #expect(handler.connection.isClosed)
    await handler.connection.closed()
  }

  @Test func whoWaitsLearnsThatTheConnectionIsClosed() async throws {
    let connection = Connection()
    let waiting = Task { await connection.closed() }
    connection.close()
    await waiting.value
    await connection.closed()
    let cancelled = Task { await Connection().closed() }
    cancelled.cancel()
    await cancelled.value
  }
}
