import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import Testing

@testable import Web

/// Over a real socket: what the router alone cannot show.
@Suite struct LiveTests {
  @Test func oneConnectionServesManyRequests() async throws {
    try await withService(reach: .socket) { client in
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
    try await withService(reach: .socket, configuration: [.set(\.maximumBodyBytes, 10_000)]) { client in
      let refused = try await client.send(.post, "/api/analyses", body: [UInt8](repeating: 1, count: 900_000))
      #expect(refused.status == .contentTooLarge)
      #expect(try await client.get("/healthz").status == .ok)
    }
  }

  @Test func headSendsNoBody() async throws {
    try await withService(reach: .socket) { client in
      let head = try await client.send(.head, "/gaze.css")
      #expect(head.status == .ok)
      #expect(head.headers[.contentLength] != "0")
      #expect(try await client.get("/healthz").status == .ok)
    }
  }

  @Test func whoWaitsLearnsThatTheConnectionIsClosed() async throws {
    let connection = Connection(EmbeddedChannel())
    let waiting = Task { await connection.closed() }
    connection.close()
    await waiting.value
    await connection.closed()
    let cancelled = Task { await Connection(EmbeddedChannel()).closed() }
    cancelled.cancel()
    await cancelled.value
  }
}
