import Autodiff
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Serving
import Testing

@testable import Web

/// Long work beside short work, through HTTP.
@Suite struct SchedulingTests {
  /// RISE with so many masks that nobody waits for its end, several times, on one slot: uploads and maps go between its
  /// passes.
  @Test func quickRequestsAreAnsweredBesideLongOnes() async throws {
    let configuration: [Change] = [.set(\.limits.computeSlots, 1), .set(\.limits.maximumPasses, .max)]
    try await withService(engine: Engine(threadCount: 1), configuration: configuration) { client in
      let id = try await client.upload()
      let long = "method=rise&masks=100000&augmentation=flip-and-scale"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for seed in 0..<6 {
          group.addTask { _ = try await client.get("/api/analyses/\(id)/saliency.npy?\(long)&seed=\(seed)") }
        }
        try await client.wait(for: "gaze_compute_parked") { $0 == 5 }
        for _ in 0..<3 {
          let quick = try await client.upload()
          #expect(try await client.get("/api/analyses/\(quick)/heatmap.png?class=7").status == .ok)
        }
        let running = try #require(await client.metric("gaze_compute_slots_busy"))
        let parked = try #require(await client.metric("gaze_compute_parked"))
        // On one slot, whoever waits for the end of long work waits for all of it.
        #expect(running + parked >= 1)
        group.cancelAll()
      }
      try await client.wait(for: "gaze_compute_slots_busy") { $0 == 0 }
      #expect(try await client.metric("gaze_compute_parked") == 0)
    }
  }

  /// Each pass of one is followed by a pass of another: the bytes are those of a map that is computed alone.
  @Test func partsOfTurnsGiveTheSameBytes() async throws {
    let queries = [
      "method=rise&masks=300", "method=smoothgrad&samples=40", "method=integrated-gradients&steps=60",
      "method=occlusion&window=5&stride=3", "method=score-cam",
    ]
    let expected = try await answers(to: queries, slots: 1, turnTime: .seconds(60))
    for slots in [1, 2] {
      #expect(try await answers(to: queries, slots: slots, turnTime: .zero) == expected)
    }
  }

  private func answers(to queries: [String], slots: Int, turnTime: Duration) async throws -> [String: [UInt8]] {
    let found = Answers()
    try await withService(
      engine: Engine(threadCount: 2),
      configuration: [.set(\.limits.computeSlots, slots), .set(\.limits.turnTime, turnTime)]
    ) { client in
      let id = try await client.upload()
      try await withThrowingTaskGroup(of: (String, [UInt8]).self) { group in
        for query in queries {
          group.addTask {
            let response = try await client.get("/api/analyses/\(id)/saliency.npy?class=7&\(query)")
            #expect(response.status == .ok, "\(query): \(response.text)")
            return (query, response.bytes)
          }
        }
        for try await (query, bytes) in group { found.bytes.withLock { $0[query] = bytes } }
      }
    }
    return found.bytes.withLock { $0 }
  }

  private final class Answers: Sendable {
    let bytes = Guarded<[String: [UInt8]]>([:])
  }

  @Test func aClientIsTheAddressOfItsConnection() throws {
    let channel = EmbeddedChannel()
    _ = try channel.connect(to: SocketAddress(ipAddress: "::ffff:192.0.2.7", port: 80))
    let context = { GazeRequestContext(source: .init(channel: channel, logger: .init(label: "test"))) }
    #expect(context().client == .local)
    let connection = Connection(channel)
    let origin = RequestOrigin(connection: connection, asker: Asker(client: connection.client), fault: nil)
    #expect(RequestOrigin.$current.withValue(origin) { context().client } == Serving.Client(address: "192.0.2.7"))
    _ = try channel.finish()
  }
}
