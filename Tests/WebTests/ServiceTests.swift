import Explain
import Foundation
import HTTPTypes
import Serving
import Testing

@testable import Web

@Suite struct ServiceTests {
  @Test func itLives() async throws {
    try await withService { client in
      let response = try await client.get("/healthz")
      #expect(response.text == #"{"status":"ok"}"#)
      #expect(response.headers[.contentType] == "application/json")
    }
  }

  @Test func modelsAreListed() async throws {
    try await withService { client in
      let answer = try await client.get("/api/models").object
      #expect(answer["default"] as? String == "tiny")
      let models = try #require(answer["models"] as? [[String: Any]])
      #expect(models.map { $0["name"] as? String } == ["other", "tiny"])
      let tiny = models[1]
      #expect(tiny["title"] as? String == "Tiny tiny")
      #expect(tiny["network"] as? String == "tiny")
      #expect(tiny["class_count"] as? Int == 40)
      #expect(tiny["layer"] as? String == "features")
      #expect(tiny["input"] as? [String: Int] == ["width": 33, "height": 29])
      #expect(tiny["links"] as? [String: String] == ["self": "/api/models/tiny"])
      #expect(tiny["parameters"] == nil)
    }
  }

  @Test func withoutTheDefaultModelTheFirstIsTaken() async throws {
    try await withService(configuration: [.set(\.limits.defaultModel, "elsewhere")]) { client in
      #expect(try await client.get("/api/models").object["default"] as? String == "other")
      let response = try await client.send(.post, "/api/analyses", body: TestImage.png())
      #expect(try response.object["model"] as? String == "other")
    }
  }

  @Test(arguments: ["tiny", "t%69ny"])
  func aModelIsDescribed(name: String) async throws {
    try await withService { client in
      let answer = try await client.get("/api/models/\(name)").object
      #expect(answer["name"] as? String == "tiny")
      #expect(answer["parameters"] as? Int == 216 + 864 + 480)
      #expect(answer["licence"] as? String == "none")
      #expect(answer["publisher"] as? String == "this test")
      let layers = try #require(answer["layers"] as? [[String: Any]])
      #expect(layers.map { $0["name"] as? String } == ["stem", "features"])
      #expect(layers.map { $0["shape"] as? [Int] } == [[15, 17, 8], [8, 9, 12]])
      #expect(try await client.metric("gaze_forward_passes_total") == 0, "looking at a model is no forward pass")
    }
  }

  @Test func classesAreListed() async throws {
    try await withService { client in
      let classes = try #require(
        try await client.get("/api/models/tiny/classes").object["classes"] as? [[String: Any]])
      #expect(classes.count == 40)
      #expect(classes[2]["wnid"] as? String == "n00001002")
      #expect(classes[5]["wnid"] is NSNull)
      #expect(classes[5]["label"] as? String == "kind 5")
      #expect(classes.map { $0["index"] as? Int } == Array(0..<40))
    }
  }

  @Test(arguments: ["/api/models/nosuch", "/api/models/nosuch/classes"])
  func unknownModels(path: String) async throws {
    try await withService { client in
      let response = try await client.get(path)
      #expect(response.status == .notFound)
      #expect(try response.errorCode == "unknown_model")
    }
  }

  @Test(arguments: ["/", "/healthz", "/metrics", "/api/models", "/api/models/tiny", "/gaze.css", "/js/api.js"])
  func headAnswersLikeGetWithoutABody(path: String) async throws {
    try await withService { client in
      let get = try await client.get(path)
      let head = try await client.send(.head, path)
      #expect(head.status == .ok)
      #expect(head.bytes.isEmpty)
      #expect(head.headers[.contentType] == get.headers[.contentType])
      if path != "/metrics" { #expect(head.headers[.contentLength] == String(get.bytes.count)) }
    }
  }

  @Test func headWorksForMaps() async throws {
    try await withService { client in
      let id = try await client.upload()
      let head = try await client.send(.head, "/api/analyses/\(id)/heatmap.png?class=38")
      #expect(head.status == .ok)
      #expect(head.bytes.isEmpty)
      #expect(head.headers[HTTPField.Name("X-Gaze-Status")!] == "no_positive_evidence")
    }
  }

  // MARK: Metrics

  @Test func metricsArePrometheusText() async throws {
    try await withService { client in
      let id = try await client.upload()
      _ = try await client.get("/api/analyses/\(id)")
      _ = try await client.get("/api/analyses/\(id)?top=0")
      _ = try await client.get("/secret-path-of-a-user")
      let response = try await client.get("/metrics")
      #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = response.text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.last == "", "the last line ends")
      let samples = lines.dropLast().filter { !$0.hasPrefix("#") }
      let pattern = /[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? [-+0-9.eInf]+/
      for sample in samples { #expect(sample.wholeMatch(of: pattern) != nil, "\(sample)") }
      for expected in [
        "gaze_requests_total{route=\"/api/analyses\",method=\"POST\",status=\"201\"} 1",
        "gaze_requests_total{route=\"/api/analyses/{id}\",method=\"GET\",status=\"200\"} 1",
        "gaze_requests_total{route=\"/api/analyses/{id}\",method=\"GET\",status=\"400\"} 1",
        "gaze_requests_total{route=\"unmatched\",method=\"GET\",status=\"404\"} 1",
        "gaze_request_duration_seconds_count{route=\"/api/analyses/{id}\"} 2",
        "gaze_request_duration_seconds_bucket{route=\"/api/analyses/{id}\",le=\"+Inf\"} 2",
        "gaze_forward_passes_total 1", "gaze_analyses_kept 1", "gaze_build_info{version=\"\(gazeVersion)\"} 1",
        "gaze_compute_slots_busy 0", "gaze_compute_waiting 0", "gaze_compute_parked 0", "gaze_compute_waiting_bytes 0",
        "gaze_compute_refused_total{reason=\"full\"} 0", "gaze_compute_refused_total{reason=\"unfair\"} 0",
        "gaze_compute_refused_total{reason=\"deadline\"} 0", "gaze_compute_queue_seconds_count 3",
      ] { #expect(samples.contains { $0 == expected }, "\(expected)") }
      #expect(!response.text.contains("secret"))
      #expect(!response.text.contains(id))
      // Every metric is explained once, before its samples.
      let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
      #expect(Set(types).count == types.count)
      #expect(types.count == lines.filter { $0.hasPrefix("# HELP ") }.count)
      #expect(try #require(await client.metric("process_resident_memory_bytes")) > 1e6)
      let start = try #require(await client.metric("process_start_time_seconds"))
      #expect(start > 1.7e9 && start <= Date().timeIntervalSince1970 + 1)
    }
  }

  @Test func labelsAndHelpAreEscaped() {
    var text = PrometheusText()
    text.begin("a", .gauge, "back\\slash\nline")
    text.sample("a", ["b": "q\"\\\n"], 0.5)
    text.sample("a", [:], .infinity)
    #expect(text.text == "# HELP a back\\\\slash\\nline\n# TYPE a gauge\na{b=\"q\\\"\\\\\\n\"} 0.5\na +Inf\n")
  }
}
