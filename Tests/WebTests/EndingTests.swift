import Foundation
import HTTPTypes
import Models
import Networks
import Serving
import TestSupport
import Testing

@testable import Web

/// What requests and probes see of a service that ends; `ServeCommandTests` has the signals.
@Suite struct EndingTests {
  @Test func whoAsksWhetherItIsReadyIsToldOfTheEndAtOnce() async throws {
    let ending = Ending()
    try await withService(ending: ending) { client in
      let ready = try await client.get("/readyz")
      #expect(ready.status == .ok)
      #expect(
        ready.text
          == #"{"ending":false,"models":[{"name":"other","ready":true},{"name":"tiny","ready":true}],"ready":true}"#)
      ending.announced.open()
      let announced = try await client.get("/readyz")
      #expect(announced.status == .serviceUnavailable)
      #expect(try announced.object["ready"] as? Bool == false)
      #expect(try announced.object["ending"] as? Bool == true)
      #expect(try announced.object["reason"] as? String == "The service is being stopped.")
      // It lives, and answers whoever still comes.
      #expect(try await client.get("/livez").status == .ok)
      let late = try await client.send(.post, "/api/analyses", body: TestImage.png())
      #expect(late.status == .created)
      #expect(late.headers[.connection] == nil)
      ending.draining.open()
      #expect(try await client.get("/healthz").headers[.connection] == "close")
    }
  }

  @Test func whatRunsTooLongIsCancelledAndToldToComeAgain() async throws {
    let ending = Ending()
    // Passes without end: only cancelling ends them.
    try await withService(
      configuration: [.set(\.limits.maximumPasses, .max)], ending: ending
    ) { client in
      let id = try await client.upload()
      async let long = client.get("/api/analyses/\(id)/heatmap.png?method=rise&masks=100000")
      while try await client.metric("gaze_compute_slots_busy") == 0 { await Task.yield() }
      #expect(ending.running == 1)
      ending.cancelling.open()
      let response = try await long
      #expect(response.status == .serviceUnavailable)
      #expect(try response.errorCode == "ending")
      #expect(response.headers[.retryAfter] != nil)
      #expect(ending.cancelled == 1)
      #expect(try await client.metric("gaze_compute_slots_busy") == 0)
      // What comes now is not begun.
      #expect(try await client.send(.post, "/api/explain", body: TestImage.png()).status == .serviceUnavailable)
    }
  }

  @Test func aLatchOpensForWhoeverWaitsAndIsLeftByWhoIsCancelled() async {
    let latch = Latch()
    let waiting = Task { await latch.opened() }
    let cancelled = Task { await latch.opened() }
    cancelled.cancel()
    await cancelled.value
    await latch.opened(within: .milliseconds(1))
    #expect(!latch.isOpen)
    latch.open()
    await waiting.value
    await latch.opened(within: .seconds(3600))
    #expect(latch.isOpen)
  }

  // MARK: Models that do not load

  @Test func aModelThatWouldNotLoadIsNotReadyAndSaysWhy() async throws {
    var models = TinyModels()
    models.faults = ["other": .weights("other", .unreadable("The file is cut short."))]
    try await withService(models: models) { client in
      let list = try #require(try await client.get("/api/models").object["models"] as? [[String: Any]])
      #expect(list.map { $0["ready"] as? Bool } == [false, true])
      let reason = try #require(list[0]["reason"] as? String)
      #expect(reason.contains("The file is cut short.") && reason.contains("import the model again"))
      #expect(list[1]["reason"] == nil)

      let status = try await client.get("/v1/models/other")
      #expect(status.status == .serviceUnavailable)
      #expect(try status.object["ready"] as? Bool == false)
      #expect(try status.object["error"] as? String == reason)
      let version = try #require((try status.object["model_version_status"] as? [[String: Any]])?.first)
      #expect(version["state"] as? String == "END")
      #expect(try await client.get("/v1/models/tiny").object["ready"] as? Bool == true)

      // Requests that name no model are answered: the service is ready.
      let ready = try await client.get("/readyz")
      #expect(ready.status == .ok)
      #expect(ready.text.contains(#""name":"other","ready":false,"reason""#))
    }
  }

  @Test func withoutItsUsualModelTheServiceIsNotReady() async throws {
    var models = TinyModels()
    models.faults = ["tiny": .damagedManifest("tiny")]
    try await withService(models: models) { client in
      let (readiness, life) = (try await client.get("/readyz"), try await client.get("/livez"))
      #expect(readiness.status == .serviceUnavailable)
      #expect(life.status == .ok)
    }
    try await withService(models: TinyModels([:])) { client in
      let response = try await client.get("/readyz")
      #expect(response.status == .serviceUnavailable)
      #expect(try (response.object["reason"] as? String)?.contains("gaze models fetch") == true)
    }
  }
}
