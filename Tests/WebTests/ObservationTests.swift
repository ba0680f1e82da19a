import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import Models
import NIOCore
import Serving
import TestSupport
import Testing
import Tracing

@testable import Web

/// What operators learn of a request.
@Suite struct ObservationTests {
  private static let timing = HTTPField.Name("Server-Timing")!

  /// The lines that a logger wrote, as objects.
  private final class LogFile: Sendable {
    let path = NSTemporaryDirectory() + UUID().uuidString
    let queue: LogQueue

    init() {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      queue = LogQueue(file: open(path, O_WRONLY | O_APPEND), format: .json)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func logger(_ level: Logger.Level) -> Logger {
      Logger(label: "test") { [queue] in QueuedLogHandler(label: $0, queue: queue, level: level) }
    }

    var lines: [[String: Any]] {
      get throws {
        queue.flush(within: 30)
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
          try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
      }
    }
  }

  // MARK: Ids

  @Test func aWellFormedRequestIDIsTaken() async throws {
    try await withService { client in
      for id in ["7", "0af7651916cd43dd8448eb211c80319c", "A-b_c.d~e:f+g/h=@i", String(repeating: "x", count: 128)] {
        #expect(try await client.get("/healthz", headers: [.requestID: id]).headers[.requestID] == id)
        #expect(try await client.get("/nowhere", headers: [.requestID: id]).headers[.requestID] == id)
      }
      for id in ["", "a b", "a\u{9}b", "é", "a\"b", "<a>", "a,b", String(repeating: "x", count: 129)] {
        let own = try await client.get("/healthz", headers: [.requestID: id]).headers[.requestID]
        #expect(own?.wholeMatch(of: /[0-9a-f]{16,}/) != nil && own != id, "\(id)")
      }
      var two: HTTPFields = [.requestID: "a"]
      two.append(HTTPField(name: .requestID, value: "b"))
      #expect(try await client.get("/healthz", headers: two).headers[.requestID] != "a")
    }
  }

  @Test func aTraceIsFollowedWhereTheClientBeganOne() async throws {
    let parent = "00-\(TraceContextTests.traceID)-\(TraceContextTests.spanID)-01"
    try await withService { client in
      for (sent, answered) in [("", nil), (parent, parent), (parent + "x", nil)] {
        let answer = try await client.get("/healthz", headers: sent.isEmpty ? [:] : [.traceparent: sent])
        #expect(answer.headers[.traceparent] == answered)
      }
    }
  }

  // MARK: Stages

  @Test func theAnswerSaysWhereItsTimeWent() async throws {
    try await withService { client in
      let upload = try await client.send(.post, "/api/analyses", body: TestImage.png())
      let stages = try #require(upload.headers[Self.timing]).split(separator: ", ").map { $0.prefix { $0 != ";" } }
      #expect(stages == ["receive", "queue", "decode", "preprocess", "forward", "render", "total"])
      let id = try #require(try upload.object["id"] as? String)

      let map = "/api/analyses/\(id)/heatmap.png?class=7&method=hirescam"
      let computed = try #require(try await client.get(map).headers[Self.timing])
      let entry = /[a-z]+(;desc="[-a-z]+")?;dur=[0-9.e-]+/
      #expect(computed.split(separator: ", ").allSatisfy { $0.wholeMatch(of: entry) != nil }, "\(computed)")
      #expect(computed.contains("backward;desc=\"hirescam\";dur="))
      // The second time the map is at hand.
      #expect(try await client.get(map).headers[Self.timing]?.contains("backward") == false)
      #expect(try await client.get("/nowhere").headers[Self.timing]?.hasPrefix("total;dur=") == true)
    }
  }

  @Test func stagesAreCountedByModelAndMethod() async throws {
    try await withService { client in
      let id = try await client.upload()
      for _ in 0..<3 { _ = try await client.get("/api/analyses/\(id)/heatmap.png?class=7&method=hirescam") }
      _ = try await client.get("/api/analyses/nonsense/heatmap.png")
      _ = try await client.send(.delete, "/api/analyses/\(id)")
      _ = try await client.get("/api/analyses/\(id)/heatmap.png")
      let stage = { (name: String, method: String) in
        #"gaze_stage_duration_seconds_count{stage="\#(name)",model="tiny",method="\#(method)"}"#
      }
      for (name, method, count) in [
        ("receive", "none", 1.0), ("decode", "none", 1), ("forward", "none", 1), ("queue", "hirescam", 3),
        ("backward", "hirescam", 1), ("render", "hirescam", 3),
      ] { #expect(try await client.metric(stage(name, method)) == count, "\(name)") }
      for (name, count) in [
        (#"gaze_maps_total{model="tiny",method="hirescam",source="computed"}"#, 1.0),
        (#"gaze_maps_total{model="tiny",method="hirescam",source="remembered"}"#, 2),
        (#"gaze_analysis_lookups_total{result="kept"}"#, 4), (#"gaze_analysis_lookups_total{result="expired"}"#, 1),
        (#"gaze_analysis_lookups_total{result="unknown"}"#, 1), (#"gaze_image_bytes_count{format="png"}"#, 1),
        (#"gaze_image_bytes_sum{format="png"}"#, Double(TestImage.png().count)),
        (#"gaze_stage_duration_seconds_bucket{stage="queue",model="tiny",method="hirescam",le="600"}"#, 3),
        ("gaze_model_load_failures_total", 0),
      ] { #expect(try await client.metric(name) == count, "\(name)") }
      #expect(try #require(try await client.metric("process_cpu_seconds_total")) > 0)
    }
  }

  @Test func modelsWithMethodsAreBounded() {
    let registry = MetricsRegistry(RequestMetrics.descriptions)
    let metrics = RequestMetrics(registry)
    for number in 0..<500 {
      let record = WorkRecord()
      record.add(.queue, from: .now)
      record.note(model: "m\"\(number)\n")
      metrics.record(record.contents, status: .ok)
    }
    var text = PrometheusText()
    registry.write(to: &text)
    let series = text.text.split(separator: "\n").filter { $0.hasPrefix("gaze_stage_duration_seconds_count") }
    #expect(series.count == 65)
    #expect(series.contains { $0.hasSuffix(#"{stage="queue",model="other",method="other"} 436"#) })
    #expect(series.contains { $0.contains(#"model="m\"0\n""#) })
  }

  @Test func aWriteIsMeasuredUntilItsLastByte() async throws {
    try await withService(reach: .socket) { client in
      let id = try await client.upload()
      _ = try await client.get("/api/analyses/\(id)/saliency.npy?resolution=image")
      try await client.wait(
        for: #"gaze_stage_duration_seconds_count{stage="write",model="tiny",method="grad-cam"}"#
      ) { $0 == 1 }
    }
  }

  @Test func twoServicesDoNotCountTogether() async throws {
    let requests = #"gaze_requests_total{route="/healthz",method="GET",status="200"}"#
    try await withService { one in
      _ = try await one.get("/healthz")
      try await withService { other in
        let counted = try await other.metric(requests)
        #expect(counted == nil)
      }
      #expect(try await one.metric(requests) == 1)
    }
  }

  // MARK: Readiness

  @Test func eachModelSaysWhetherItIsReady() async throws {
    var models = TinyModels()
    models.faults["other"] = .cannotRead(path: "other/weights.safetensors")
    try await withService(models: models) { client in
      let tiny = try await client.get("/readyz/tiny")
      #expect(tiny.status == .ok)
      #expect(try tiny.object["ready"] as? Bool == true && tiny.object["name"] as? String == "tiny")
      let other = try await client.get("/readyz/other")
      #expect(other.status == .serviceUnavailable)
      #expect(try other.object["ready"] as? Bool == false && other.object["reason"] is String)
      #expect(try await client.get("/readyz").status == .ok)
      let unknown = try await client.get("/readyz/nobody")
      #expect(unknown.status == .notFound)
      #expect(try unknown.errorCode == "unknown_model")
    }
    let ending = Ending()
    ending.announced.open()
    try await withService(ending: ending) { client in
      let answer = try await client.get("/readyz/tiny")
      #expect(answer.status == .serviceUnavailable)
    }
  }

  // MARK: Log

  @Test func aLineSaysWhatWasAskedOfWhom() async throws {
    let log = LogFile()
    let parent = "00-\(TraceContextTests.traceID)-\(TraceContextTests.spanID)-01"
    try await withService(logger: log.logger(.info)) { client in
      let id = try await client.upload()
      _ = try await client.get(
        "/api/analyses/\(id)/heatmap.png?class=7", headers: [.requestID: "mine", .traceparent: parent])
      _ = try await client.get("/healthz")
      _ = try await client.get("/nowhere/\(id)")
      let lines = try log.lines.filter { $0["message"] as? String == "request" }
      #expect(lines.count == 3, "a probe that is well is not told of")
      let map = lines[1]
      #expect(map["method"] as? String == "GET" && map["route"] as? String == "/api/analyses/{id}/heatmap.png")
      #expect(map["status"] as? Int == 200 && map["ms"] is Double && (map["bytes"] as? Int ?? 0) > 100)
      #expect(map["model"] as? String == "tiny" && map["explanation"] as? String == "grad-cam")
      #expect(map["request_id"] as? String == "mine" && map["trace_id"] as? String == TraceContextTests.traceID)
      #expect(map["client"] as? String == "local" && map["level"] as? String == "info")
      #expect(lines[2]["error"] as? String == "not_found" && lines[2]["route"] as? String == "unmatched")
      #expect(!lines.contains { "\($0)".contains(id) })
    }
  }

  @Test func levelsFollowTheStatus() async throws {
    let log = LogFile()
    try await withService(models: TinyModels([:]), logger: log.logger(.debug)) { client in
      _ = try await client.get("/livez")
      _ = try await client.get("/readyz")
      _ = try await client.send(.post, "/livez")
      _ = try await client.get("/api/methods")
      let levels = try log.lines.filter { $0["message"] as? String == "request" }.map { $0["level"] as? String }
      #expect(levels == ["debug", "error", "info", "info"])
    }
  }

  // MARK: Traces

  @Test func aRequestAndItsStagesAreSpans() async throws {
    let queue = SpanQueue()
    let tracer = RequestTracer(queue: queue)
    let record = WorkRecord()
    let (start, span) = (ContinuousClock.now, tracer.startSpan("request", context: .topLevel, ofKind: .server))
    record.add(.decode, from: start - .milliseconds(2), to: start)
    record.note(model: "tiny")
    record.note(failure: "busy")
    let exchange = ObservedExchange(
      request: .init(
        head: .init(method: .post, scheme: "http", authority: "gaze.example:80", path: "/api/explain"),
        body: .init(buffer: .init())),
      route: "/api/explain", method: "POST", status: .serviceUnavailable, plannedBytes: 5, client: .local,
      start: start, answered: .now, record: record)
    exchange.end(span, by: tracer, nil)
    let spans = queue.take(10)
    #expect(spans.map(\.name) == ["decode", "POST /api/explain"])
    #expect(spans[0].parentID == spans[1].trace.spanID && spans[0].end - spans[0].start == 2_000_000)
    let json = try JSONSerialization.jsonObject(with: encodeJSON(OTLPRequest(spans, service: "s"))) as? [String: Any]
    let scopes = (json?["resourceSpans"] as? [[String: Any]])?.first?["scopeSpans"] as? [[String: Any]]
    let written = try #require(scopes?.first?["spans"] as? [[String: Any]])
    #expect(written[1]["kind"] as? Int == 2 && written[0]["kind"] as? Int == 1)
    #expect((written[1]["status"] as? [String: Any])?["code"] as? Int == 2)
    let attributes = try #require(written[1]["attributes"] as? [[String: Any]])
    let values = Dictionary(
      uniqueKeysWithValues: attributes.map { ($0["key"] as? String, ($0["value"] as? [String: Any])?.values.first) })
    #expect(values["http.request.method"] as? String == "POST" && values["url.path"] as? String == "/api/explain")
    #expect(values["http.response.status_code"] as? String == "503" && values["error.type"] as? String == "busy")
    #expect(values["server.address"] as? String == "gaze.example" && values["server.port"] as? String == "80")
    #expect(values["gaze.model"] as? String == "tiny")
  }
}
