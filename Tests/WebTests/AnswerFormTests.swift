import CZlib
import Foundation
import HTTPTypes
import Images
import Models
import NIOCore
import Serving
import TestSupport
import Testing

@testable import Web

/// The small print of answers: packed, kept by browsers, and where they stand.
@Suite struct AnswerFormTests {
  private static let gzip: HTTPFields = [.acceptEncoding: "gzip, deflate, br"]

  // MARK: Packed

  @Test(arguments: [
    ("gzip", true), ("x-gzip", true), ("br, GZIP;q=0.5", true), ("*", true), ("identity;q=0.5, gzip", true),
    ("gzip;q=0", false), ("br", false), ("", false), ("gzip;q=0.1, identity", false), ("*;q=0", false),
    ("gzip;q=0, *", false), ("gzip;q=x", false),
  ])
  func whatAClientTakesIsRead(header: String, isAccepted: Bool) {
    #expect(Gzip.isAccepted(by: [.acceptEncoding: header]) == isAccepted)
  }

  @Test func withoutAWordNothingIsPacked() { #expect(!Gzip.isAccepted(by: [:])) }

  @Test(arguments: [0, 1, 1000, 100_000])
  func whatIsPackedComesOutAgain(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
    #expect(try unpacked([UInt8](buffer: Gzip.packed(ByteBuffer(bytes: bytes))), byteCount: count) == bytes)
  }

  @Test(arguments: ["/api/methods", "/api/models/tiny/classes", "/gaze.css", "/app.js", "/metrics"])
  func textIsPackedForWhoTakesIt(path: String) async throws {
    try await withService { client in
      let plain = try await client.get(path)
      #expect(plain.headers[.contentEncoding] == nil)
      #expect(plain.headers[.vary]?.contains("Accept-Encoding") == true)
      let packed = try await client.get(path, headers: Self.gzip)
      #expect(packed.status == .ok)
      #expect(packed.headers[.contentEncoding] == "gzip")
      #expect(packed.headers[.contentType] == plain.headers[.contentType])
      #expect(packed.headers[.contentLength] == String(packed.bytes.count))
      #expect(packed.bytes.count < plain.bytes.count / 2)
      if path != "/metrics" { #expect(try unpacked(packed.bytes, byteCount: plain.bytes.count) == plain.bytes) }
      let head = try await client.send(.head, path, headers: Self.gzip)
      #expect(head.bytes.isEmpty)
      for name in [HTTPField.Name.contentEncoding, .vary, .contentType] {
        #expect(head.headers[name] == packed.headers[name])
      }
      if path != "/metrics" { #expect(head.headers[.contentLength] == packed.headers[.contentLength]) }
    }
  }

  @Test func thePageIsPacked() async throws {
    try await withService { client in
      let headers: HTTPFields = [.accept: "text/html", .acceptEncoding: "gzip"]
      let page = try await client.get("/", headers: headers)
      #expect(page.headers[.contentEncoding] == "gzip")
      #expect(page.headers[.vary] == "Accept, Accept-Encoding")
    }
  }

  /// More than is packed at once: it takes its turn in the pool.
  @Test func aLargeMapIsPackedInThePool() async throws {
    try await withService { client in
      let id = try await client.upload(TestImage.png(width: 400, height: 300))
      let path = "/api/analyses/\(id)/saliency.json?class=7&resolution=image"
      let plain = try await client.get(path)
      #expect(plain.bytes.count > 1 << 19)
      let packed = try await client.get(path, headers: Self.gzip)
      #expect(packed.headers[.contentEncoding] == "gzip")
      #expect(try unpacked(packed.bytes, byteCount: plain.bytes.count) == plain.bytes)
    }
  }

  @Test func whatIsShortOrPackedAlreadyStaysAsItIs() async throws {
    try await withService { client in
      let id = try await client.upload(TestImage.png(width: 400, height: 300))
      for path in ["heatmap.png?class=7", "saliency.npy?class=7&resolution=image", "image.jpg"] {
        let response = try await client.get("/api/analyses/\(id)/\(path)", headers: Self.gzip)
        #expect(response.status == .ok)
        #expect(response.headers[.contentEncoding] == nil)
        #expect(response.bytes.count > Gzip.leastBytes)
      }
      #expect(try await client.get("/healthz", headers: Self.gzip).headers[.contentEncoding] == nil)
    }
  }

  @Test func aTagFitsBothForms() async throws {
    try await withService { client in
      let plain = try #require(try await client.get("/gaze.css").headers[.eTag])
      let packed = try #require(try await client.get("/gaze.css", headers: Self.gzip).headers[.eTag])
      #expect(packed == "W/" + plain)
      for tag in [plain, packed] {
        for headers: HTTPFields in [[.ifNoneMatch: tag], [.ifNoneMatch: tag, .acceptEncoding: "gzip"]] {
          let again = try await client.get("/gaze.css", headers: headers)
          #expect(again.status == .notModified)
          #expect(again.headers[.vary] == "Accept-Encoding")
        }
      }
    }
  }

  // MARK: Kept by browsers

  @Test(arguments: [
    "image.jpg", "heatmap.png?class=7", "saliency.npy?class=7", "saliency.json?class=7", "receipt.json?class=7",
    "faithfulness.svg?class=7&metrics=deletion&steps=2",
  ])
  func aBrowserAsksEachTimeAndIsSparedTheAnswer(path: String) async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let uri = "/api/analyses/\(id)/\(path)"
      let first = try await client.get(uri)
      #expect(first.status == .ok)
      #expect(first.headers[.cacheControl] == "private, no-cache")
      let tag = try #require(first.headers[.eTag])
      let passes = models.passes.count
      let again = try await client.get(uri, headers: [.ifNoneMatch: "\"other\", \(tag)"])
      #expect(again.status == .notModified)
      #expect(again.bytes.isEmpty)
      #expect(again.headers[.eTag] == tag)
      #expect(again.headers[.cacheControl] == "private, no-cache")
      #expect(models.passes.count == passes)
      let separator = path.contains("?") ? "&" : "?"
      if path != "image.jpg" {
        let other = try await client.get("\(uri)\(separator)against=3", headers: [.ifNoneMatch: tag])
        #expect(other.status == .ok)
        #expect(other.headers[.eTag] != tag)
        let wrong = try await client.get("\(uri)\(separator)alpha=7", headers: [.ifNoneMatch: tag])
        #expect(wrong.status == .badRequest)
        #expect(wrong.headers[.eTag] == nil)
      }
      #expect(try await client.send(.delete, "/api/analyses/\(id)").status == .noContent)
      let gone = try await client.get(uri, headers: [.ifNoneMatch: tag])
      #expect(gone.status == .gone)
    }
  }

  @Test func anExpiredPictureIsNotKnownAnyMore() async throws {
    let clock = ManualClock()
    try await withService(clock: clock) { client in
      let id = try await client.upload()
      let tag = try #require(try await client.get("/api/analyses/\(id)/image.jpg").headers[.eTag])
      clock.advance(by: .seconds(901))
      let gone = try await client.get("/api/analyses/\(id)/image.jpg", headers: [.ifNoneMatch: tag])
      #expect(gone.status == .gone)
    }
  }

  // MARK: Addresses

  @Test(arguments: [
    "//healthz", "/healthz/", "///", "//", "/api//models", "/api/models/", "/v1/models/tiny/", "/js//api.js",
    "//healthz?a=b",
  ])
  func anAddressWithAnEmptyPartIsNone(path: String) async throws {
    try await withService { client in
      let response = try await client.get(path)
      #expect(response.status == .notFound)
      #expect(response.headers[.contentType] == "application/json")
    }
  }

  @Test func overASocketToo() async throws {
    try await withService(reach: .socket) { client in
      for target in ["//healthz", "http://localhost//healthz", "http://localhost/healthz/"] {
        let answer = try await PlainRequest("GET", target, ["Host: localhost"]).response(port: client.port)
        #expect(answer.status == 404)
      }
      let whole = PlainRequest("GET", "http://localhost/healthz", ["Host: localhost"])
      let answer = try await whole.response(port: client.port)
      #expect(answer.status == 200)
    }
  }

  // MARK: Clients that leave

  @Test(arguments: [true, false])
  func whoLeavesWhileSendingIsNoFaultOfOurs(isReset: Bool) async throws {
    let ending = Ending()
    try await withService(reach: .socket, ending: ending) { client in
      do {
        let socket = try PlainSocket(port: client.port)
        try socket.send("POST /api/explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc".utf8)
        while ending.running == 0 { await Task.yield() }
        if isReset { socket.reset() }
      }
      let name = #"gaze_requests_total{route="/api/explain",method="POST",status="499"}"#
      while try await client.metric(name) == nil {
        try #require(try await client.metric(name.replacing("499", with: "500")) == nil)
        await Task.yield()
      }
    }
  }
}

/// - Returns: what zlib unpacks.
private func unpacked(_ packed: [UInt8], byteCount: Int) throws -> [UInt8] {
  var stream = z_stream()
  try #require(inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
  defer { inflateEnd(&stream) }
  var (packed, bytes) = (packed, [UInt8](repeating: 0, count: byteCount + 1))
  let status = packed.withUnsafeMutableBufferPointer { input in
    bytes.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      return inflate(&stream, Z_FINISH)
    }
  }
  try #require(status == Z_STREAM_END)
  return Array(bytes.prefix(Int(stream.total_out)))
}
