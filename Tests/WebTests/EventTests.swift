import Autodiff
import Foundation
import HTTPTypes
import Images
import Serving
import TestSupport
import Testing

@testable import Web

/// A map that takes long as a stream of events.
@Suite struct EventTests {
  /// All that there is, at once.
  private static let often: [Change] = [
    .set(\.events.progressInterval, .zero), .set(\.events.partialInterval, .zero),
  ]

  @Test(arguments: [
    ("rise&masks=400", 400), ("smoothgrad&samples=40", 40), ("integrated-gradients&steps=40", 41),
  ])
  func itTellsHowFarItIsWhatItLooksLikeAndTheWhole(method: String, passes: Int) async throws {
    try await withService(configuration: Self.often) { client in
      let id = try await client.upload()
      let query = "classes=7,4&method=\(method)"
      let response = try await client.get("/api/analyses/\(id)/events?\(query)")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "text/event-stream")
      #expect(response.headers[.cacheControl] == "no-store")
      let events = try Event.all(in: response.text)
      let progress = events.filter { $0.name == "progress" }
      #expect(progress.last?.object["total"] as? Int == passes)
      let done = progress.compactMap { $0.object["done"] as? Int }
      #expect(done == done.sorted())
      let partial = try #require(events.first { $0.name == "partial" })
      let maps = try #require(partial.object["maps"] as? [[String: Any]])
      #expect(maps.map { $0["class"] as? Int } == [7, 4])
      let picture = try #require(Data(base64Encoded: maps[0]["picture_png"] as? String ?? ""))
      #expect([UInt8](picture.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
      let last = try #require(events.last)
      #expect(last.name == "result" && last.id == "end")
      // Somebody who looks on changes no bit.
      let alone = try await client.get("/api/analyses/\(id)/saliency.json?\(query)")
      #expect(last.data == alone.text)
      let unwatched = try await client.upload()
      #expect(try await client.get("/api/analyses/\(unwatched)/saliency.json?\(query)").text == alone.text)
    }
  }

  /// What is wrong is said under its status, not in a stream.
  @Test func whatCannotBeginIsAnsweredAsEverywhere() async throws {
    try await withService { client in
      let id = try await client.upload()
      let path = "/api/analyses/\(id)/events"
      #expect(try await client.get(path + "?class=nosuch").status == .notFound)
      #expect(try await client.get(path + "?method=rise&masks=99999").status == .badRequest)
      #expect(try await client.get("/api/analyses/\(String(repeating: "0", count: 32))/events").status == .notFound)
      let quick = try Event.all(in: try await client.get(path).text)
      #expect(quick.last?.name == "result")
      // A browser that comes again after the end is told that there is no more.
      let again = try await client.get(path, headers: [HTTPField.Name("Last-Event-ID")!: "end"])
      #expect(again.status == .noContent)
    }
  }

  @Test func whatGoesWrongLaterIsAnEvent() async throws {
    let ending = Ending()
    try await withService(configuration: [.set(\.limits.maximumPasses, .max)], ending: ending) { client in
      let id = try await client.upload()
      async let long = client.get("/api/analyses/\(id)/events?method=rise&masks=100000")
      while try await client.metric("gaze_compute_slots_busy") == 0 { await Task.yield() }
      // The stream has begun as soon as the work has.
      while ending.running > 0 { await Task.yield() }
      ending.cancelling.open()
      let events = try Event.all(in: try await long.text)
      let last = try #require(events.last)
      #expect(last.name == "error" && last.id == "end")
      #expect((last.object["error"] as? [String: Any])?["code"] as? String == "ending")
      #expect(try await client.metric("gaze_compute_slots_busy") == 0)
    }
  }

  /// Work stops when the client has left in the middle, and a place for another stream is free.
  @Test func whoLeavesStopsTheWork() async throws {
    try await ConnectionTestService.run([
      .set(\.limits.maximumPasses, .max), .set(\.events.streamsPerClient, 1),
    ]) { service in
      let id = try Self.upload(to: service)
      let request = "GET /api/analyses/\(id)/events?method=rise&masks=100000 HTTP/1.1\r\nHost: a\r\n\r\n"
      let client = try service.client()
      client.send(request)
      client.read { String(decoding: $0, as: UTF8.self).contains("event: progress") }
      #expect(try service.metric("gaze_compute_slots_busy") == 1)
      let other = try service.client().ask(request)
      #expect(other.status == 503)
      #expect(other.text.contains("as many streams"))
      client.close()
      #expect(eventually { (try? service.metric("gaze_compute_slots_busy")) == 0 })
      #expect(
        eventually {
          guard let third = try? service.client() else { return false }
          defer { third.close() }
          third.send(request)
          third.read { String(decoding: $0, as: UTF8.self).contains("\r\n\r\n") }
          return String(decoding: third.received, as: UTF8.self).contains("200 OK")
        })
    }
  }

  /// A client that reads nothing for a while misses words about progress, but not the result; the work does not wait.
  @Test func whoReadsSlowlyGetsTheResult() async throws {
    try await ConnectionTestService.run([
      .set(\.events.progressInterval, .zero), .set(\.events.partialInterval, .zero),
    ]) { service in
      let id = try Self.upload(to: service)
      let client = try service.client(receiveBuffer: 4096)
      client.send(
        "GET /api/analyses/\(id)/events?method=rise&masks=2000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      client.read { String(decoding: $0, as: UTF8.self).contains("event: progress") }
      #expect(eventually { (try? service.metric("gaze_compute_slots_busy")) == 0 }, "the work waits for its reader")
      client.read()
      #expect(String(decoding: client.received, as: UTF8.self).contains("event: result"))
    }
  }

  /// While nothing is to be said a comment is.
  @Test func aStreamIsNeverSilentForLong() async throws {
    try await withService(
      engine: Engine(threadCount: 1),
      configuration: [
        .set(\.events.heartbeat, .milliseconds(1)), .set(\.events.progressInterval, .seconds(600)),
        .set(\.events.partialInterval, .seconds(600)),
      ]
    ) { client in
      let id = try await client.upload()
      let text = try await client.get("/api/analyses/\(id)/events?method=rise&masks=5000").text
      #expect(text.contains("\n\n:\n\n"))
      #expect(try Event.all(in: text).last?.name == "result")
    }
  }

  private static func upload(to service: ConnectionTestService) throws -> String {
    let image = TestImage.png()
    let client = try service.client()
    client.send(
      Array(
        "POST /api/analyses HTTP/1.1\r\nHost: a\r\nContent-Length: \(image.count)\r\nConnection: close\r\n\r\n".utf8)
        + image)
    let text = try client.answer().text
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(object?["id"] as? String)
  }

  private struct Event {
    let name: String
    let id: String?
    let data: String
    var object: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]) ?? [:]
    }

    /// Comments are left out.
    static func all(in text: String) throws -> [Event] {
      try #require(text.hasSuffix("\n\n"))
      return try text.components(separatedBy: "\n\n").filter { !$0.isEmpty && !$0.hasPrefix(":") }.map { block in
        var fields: [String: String] = [:]
        for line in block.components(separatedBy: "\n") {
          let parts = line.split(separator: ":", maxSplits: 1)
          try #require(parts.count == 2 && parts[1].hasPrefix(" "), "\(line)")
          fields[String(parts[0])] = String(parts[1].dropFirst())
        }
        return Event(name: try #require(fields["event"]), id: fields["id"], data: try #require(fields["data"]))
      }
    }
  }
}
