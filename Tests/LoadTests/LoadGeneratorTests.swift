import Load
import NIOCore
import Testing

@Suite("Driving a server", .serialized)
struct LoadGeneratorTests {
  private static let kind = LoadKind("plain", [LoadRequest("POST", "/x", body: [1, 2, 3])])

  private func run(
    _ step: LoadStep, kinds: [LoadKind] = [Self.kind], _ script: @escaping @Sendable (Int) -> ScriptedServer.Reply
  ) async throws -> (result: LoadResult, requests: Int) {
    let server = try await ScriptedServer(script)
    let result = await LoadGenerator(kinds, to: server.address, by: step).run()
    let requests = server.requests
    try await server.end()
    return (result, requests)
  }

  private func step(_ arrivals: Arrivals, seconds: Double = 0.6, timeout: Double = 30, connections: Int = 64)
    -> LoadStep
  {
    LoadStep(
      arrivals, warmUp: .zero, duration: .seconds(seconds), timeout: .seconds(timeout), maximumConnections: connections)
  }

  @Test("a closed loop keeps its connections, and counts every answer")
  func closed() async throws {
    let (result, requests) = try await run(step(.closed(clients: 3))) { _ in .answer(200, after: .milliseconds(1)) }
    let total = result.total
    #expect(total.intended == requests && total.statuses == [200: requests] && requests > 3)
    #expect(total.failed == 0 && total.unfinished == 0 && total.refused == 0)
    #expect(result.connections == 3 && result.reconnections == 0 && !result.isBrokenOff)
    #expect(try #require(total.latency(percentile: 50)) >= 1)
  }

  @Test("refusals are neither good nor failures; other statuses are failures")
  func statuses() async throws {
    let (result, requests) = try await run(step(.closed(clients: 1))) { index in
      .answer([200, 503, 429, 500, 404][index % 5], after: .milliseconds(1))
    }
    let total = result.total
    #expect(total.good + total.refused + total.failed == requests)
    #expect(total.refused == (total.statuses[503] ?? 0) + (total.statuses[429] ?? 0))
    #expect(total.failed == (total.statuses[500] ?? 0) + (total.statuses[404] ?? 0))
  }

  @Test("a client that is told to come again waits as long as it was told, if it is to")
  func retryAfter() async throws {
    var polite = step(.closed(clients: 1), seconds: 0.3)
    polite.honoursRetryAfter = true
    let refusal = ScriptedServer.Reply.answer(503, headers: [("Retry-After", "60")])
    #expect(try await run(polite) { _ in refusal }.requests == 1)
    #expect(try await run(step(.closed(clients: 1), seconds: 0.3)) { _ in refusal }.requests > 1)
  }

  @Test(
    "what is no answer is told by its kind",
    arguments: [
      (ScriptedServer.Reply.closing, LoadFault.cutOff), (.garbage, .malformed), (.silence, .timeout),
    ])
  func faults(reply: ScriptedServer.Reply, fault: LoadFault) async throws {
    let (result, _) = try await run(step(.closed(clients: 1), seconds: 0.3, timeout: 0.1)) { _ in reply }
    #expect(try #require(result.total.faults[fault]) > 0)
    #expect(Set(result.total.faults.keys) == [fault])
    #expect(result.total.good == 0 && result.total.failed == result.total.intended)
    #expect(result.reconnections > 0)
  }

  @Test("a server that is not there is no endless loop")
  func nobody() async throws {
    let server = try await ScriptedServer { _ in .silence }
    try await server.end()
    let result = await LoadGenerator([Self.kind], to: server.address, by: step(.closed(clients: 1), seconds: 0.2)).run()
    #expect(Set(result.total.faults.keys) == [.noConnection])
    #expect(result.total.intended < 100)
  }

  @Test("an open loop sends at its times, whatever becomes of the answers")
  func open() async throws {
    let (result, requests) = try await run(step(.open(rate: 100, spacing: .even), timeout: 0.2)) { _ in .silence }
    #expect(requests == 60)
    #expect(result.total.intended == 60 && result.total.faults == [.timeout: 60])
  }

  @Test("a server that stalls for a while cannot hide it from an open loop: times count from the intended ones")
  func coordinatedOmission() async throws {
    // One answer of 400 ms, all others at once. One connection: what comes meanwhile waits for it.
    let script: @Sendable (Int) -> ScriptedServer.Reply = {
      $0 == 20 ? .answer(200, after: .milliseconds(400)) : .answer(200)
    }
    let open = try await run(step(.open(rate: 100, spacing: .even), seconds: 1, connections: 1), script).result.total
    let closed = try await run(step(.closed(clients: 1), seconds: 1), script).result.total
    #expect(open.intended == 100)
    // Of a hundred requests some forty waited; of many thousand of the closed loop one.
    #expect(try #require(open.latency(percentile: 90)) > 100)
    #expect(try #require(closed.latency(percentile: 90)) < 100)
  }

  @Test("several kinds take turns and are counted apart")
  func kinds() async throws {
    let kinds = [Self.kind, LoadKind("other", [LoadRequest("GET", "/a"), LoadRequest("GET", "/b")])]
    let (result, _) = try await run(step(.closed(clients: 1), seconds: 0.3), kinds: kinds) { _ in .answer(200) }
    #expect(abs(result.tallies[0].intended - result.tallies[1].intended) <= 1)
    #expect(result.total.intended == result.tallies[0].intended + result.tallies[1].intended)
  }

  @Test("broken off, it tells what was counted, and what was under way is neither good nor bad")
  func brokenOff() async throws {
    let server = try await ScriptedServer { $0 < 5 ? .answer(200) : .silence }
    let step = LoadStep(.closed(clients: 1), warmUp: .zero, duration: .seconds(600))
    let run = Task { await LoadGenerator([Self.kind], to: server.address, by: step).run() }
    while server.requests < 6 { try await Task.sleep(for: .milliseconds(5)) }
    run.cancel()
    let result = await run.value
    try await server.end()
    #expect(result.isBrokenOff && result.seconds < 600)
    #expect(result.total.good == 5 && result.total.unfinished == 1 && result.total.failed == 0)
  }

  @Test("the peak of a histogram is as exact as it says: three digits")
  func digits() async throws {
    let (result, _) = try await run(step(.closed(clients: 1), seconds: 0.3)) { _ in
      .answer(200, after: .milliseconds(20))
    }
    let (low, high) = (
      try #require(result.total.latency(percentile: 0)), try #require(result.total.latency(percentile: 100))
    )
    #expect(low >= 19.9 && low <= high)
  }
}

@Suite("Addresses of servers")
struct LoadAddressTests {
  @Test("host, port and prefix")
  func parts() throws {
    let address = try LoadAddress("http://[::1]:8080/gaze/")
    #expect(address.host == "::1" && address.port == 8080 && address.prefix == "/gaze")
    #expect(address.authority == "[::1]:8080")
    #expect(try LoadAddress("http://localhost").port == 80)
  }

  @Test(
    "anything else is refused with what would work",
    arguments: ["https://localhost", "localhost:8080", "http://", "http://h/?q", "ftp://h", "http://u@h/", ""])
  func refused(text: String) {
    let error = #expect(throws: LoadError.self) { try LoadAddress(text) }
    #expect("\(error!)".contains("http://127.0.0.1:8080"))
  }
}
