import Foundation
import Glibc
import NIOCore
import NIOEmbedded
import Serving
import TestSupport
import Testing

@testable import Web

/// Over real sockets, with small limits: connections that are slow, greedy, broken or gone.
@Suite(.serialized) struct ConnectionTests {
  private static let get = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let slow = "GET /test/slow HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func post(_ path: String, length: Int, _ more: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(more)\r\n"
  }

  // MARK: Times

  @Test(arguments: ["", "GET /healthz HT", "\r\n"])
  func aHeadThatDoesNotComeIsGivenUp(beginning: String) async throws {
    try await ConnectionTestService.run([.set(\.connections.headTimeout, .milliseconds(300))]) { service in
      let client = try service.client()
      client.send(beginning)
      let answer = try client.answer()
      #expect(answer.status == 408)
      #expect(answer.errorCode == "timeout")
      #expect(answer.fields["connection"] == "close")
      #expect(client.read() == .closed)
      #expect(try service.metric(#"gaze_connections_cut_total{reason="head_timeout"}"#) == 1)
      #expect(try service.metric(#"gaze_requests_total{route="unmatched",method="other",status="408"}"#) == 1)
    }
  }

  @Test func whoAsksNothingMoreIsLetGo() async throws {
    try await ConnectionTestService.run([.set(\.connections.idleTimeout, .milliseconds(300))]) { service in
      let client = try service.client()
      #expect(try client.ask(Self.get).status == 200)
      #expect(try client.ask(Self.get).status == 200, "the connection is kept in between")
      #expect(client.read() == .closed)
      #expect(client.received.isEmpty)
      #expect(try service.metric(#"gaze_connections_cut_total{reason="idle"}"#) == 1)
    }
  }

  @Test func theNextHeadHasItsTimeFromItsFirstByte() async throws {
    try await ConnectionTestService.run([.set(\.connections.headTimeout, .milliseconds(300))]) { service in
      let client = try service.client()
      #expect(try client.ask(Self.get).status == 200)
      #expect(client.read(for: 0.6) == .open, "idle for longer than a head may take")
      client.send("GET /")
      #expect(try client.answer().status == 408)
    }
  }

  @Test func oldClientsAreAnsweredAndLetGoAtOnce() async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      let answer = try client.ask("GET /healthz HTTP/1.0\r\n\r\n")
      #expect(answer.status == 200)
      #expect(answer.fields["connection"] == "close")
      #expect(client.read(for: 5) == .closed)
      let keeping = try service.client()
      for _ in 0..<2 {
        let kept = try keeping.ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(kept.fields["connection"] == "keep-alive")
      }
      // An answer without a length ends with the connection: such a client knows no chunks.
      let streaming = try service.client()
      streaming.send("GET /test/stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(streaming.read() == .closed)
      let text = String(decoding: streaming.received, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.0 200") && text.hasSuffix("\r\n\r\npart part part "))
    }
  }

  @Test func aBodyThatStopsIsGivenUp() async throws {
    try await ConnectionTestService.run([
      .set(\.connections.bodyRate, 1000),
      .set(\.connections.bodyGrace, .milliseconds(300)),
    ]) { service in
      let client = try service.client()
      client.send(Self.post("/test/count", length: 1000) + "x")
      let answer = try client.answer()
      #expect(answer.status == 408)
      #expect(answer.errorCode == "timeout")
      #expect(answer.fields["connection"] == "close")
      #expect(client.read() == .closed)
      #expect(try service.metric(#"gaze_connections_cut_total{reason="slow_body"}"#) == 1)
      #expect(service.connections.receiving.load == .init())
    }
  }

  @Test func aBodyThatKeepsComingIsTaken() async throws {
    try await ConnectionTestService.run([
      .set(\.connections.bodyRate, 1000),
      .set(\.connections.bodyGrace, .milliseconds(300)),
    ]) { service in
      let client = try service.client()
      client.send(Self.post("/test/count", length: 20_000))
      for _ in 0..<20 {
        client.send([UInt8](repeating: 1, count: 1000))
        Thread.sleep(forTimeInterval: 0.05)
      }
      #expect(try client.answer().text == "20000")
    }
  }

  @Test func aReaderThatStopsIsCut() async throws {
    try await ConnectionTestService.run([
      .set(\.connections.answerRate, 1 << 20),
      .set(\.connections.answerGrace, .milliseconds(500)),
    ]) { service in
      let client = try service.client(receiveBuffer: 16 << 10)
      client.send("GET /test/big/30000000 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(eventually { service.connections.tallies.current.cut[.slowReader] == 1 })
      #expect(eventually { service.connections.tallies.current.waitingBytes == 0 })
      #expect(eventually { service.connections.answers.bytes == 0 }, "its memory is free")
      #expect(try service.client().ask(Self.get).status == 200)
    }
  }

  @Test func aReaderThatIsSlowButMovesIsNotCut() async throws {
    try await ConnectionTestService.run([
      .set(\.connections.answerRate, 256 << 10),
      .set(\.connections.answerGrace, .seconds(1)),
    ]) { service in
      let client = try service.client(receiveBuffer: 64 << 10)
      let size = 12_000_000
      client.send("GET /test/big/\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
      // Longer than the grace, far slower than the answer is made, and in steps.
      var wanted = 0
      while wanted < size {
        wanted += 400_000
        guard client.read(until: { $0.count >= min(wanted, size) }) == .open else { break }
        Thread.sleep(forTimeInterval: 0.1)
      }
      #expect(try client.answer().body.count == size)
      #expect(service.connections.tallies.current.cut[.slowReader] == nil)
    }
  }

  // MARK: Heads

  @Test func headsHaveASize() async throws {
    try await ConnectionTestService.run { service in
      let ask = { (head: String) in try service.client().ask("GET " + head + "\r\n\r\n") }
      let path = { "/healthz?" + String(repeating: "x", count: $0 - 9) }
      #expect(try ask("\(path(8192)) HTTP/1.1\r\nHost: a").status == 200)
      for length in [8193, 20_000, 60_000] {
        let answer = try ask("\(path(length)) HTTP/1.1\r\nHost: a")
        #expect(answer.status == 414, "\(length)")
        #expect(answer.errorCode == "target_too_long")
        #expect(answer.fields["connection"] == "close")
      }
      let field = { "X-A: " + String(repeating: "x", count: $0) }
      #expect(try ask("/healthz HTTP/1.1\r\nHost: a\r\n" + field(32_000)).status == 200)
      for head in [
        "/healthz HTTP/1.1\r\nHost: a\r\n" + field(32_768), "/healthz HTTP/1.1\r\nHost: a\r\n" + field(60_000),
        "/healthz HTTP/1.1\r\nHost: a" + String(repeating: "\r\n" + field(4000), count: 10),
        "/healthz HTTP/1.1\r\nHost: a" + String(repeating: "\r\nB: c", count: 100),
        "/healthz HTTP/1.1\r\nHost: a" + String(repeating: "\r\nB: c", count: 3000),
      ] {
        let answer = try ask(head)
        #expect(answer.status == 431)
        #expect(answer.errorCode == "head_too_large")
      }
      #expect(try ask("/healthz HTTP/1.1\r\nHost: a" + String(repeating: "\r\nB: c", count: 99)).status == 200)
    }
  }

  @Test(arguments: [
    ("\u{16}\u{03}\u{01}hello\r\n\r\n", 400), ("GET / HTTP/7.3\r\n\r\n", 400), ("GET /\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nA B: c\r\n\r\n", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST /test/count HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    (
      "POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      501
    ),
    ("POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
  ])
  func whatIsNotOneClearRequestIsRefused(bytes: String, status: Int) async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      let answer = try client.ask(bytes)
      #expect(answer.status == status)
      #expect(answer.errorCode == (status == 501 ? "unsupported_encoding" : "bad_request"))
      #expect(answer.fields["content-type"] == "application/json")
      #expect(answer.fields["x-request-id"] != nil)
      #expect(answer.fields["connection"] == "close")
      #expect(client.read() == .closed)
      #expect(client.received.isEmpty)
      let samples = ["other", "GET", "POST"].flatMap { method in
        ["unmatched", "/test/count"].map {
          #"gaze_requests_total{route="\#($0)",method="\#(method)",status="\#(status)"}"#
        }
      }
      #expect(try samples.compactMap { try service.metric($0) } == [1], "it is counted once")
    }
  }

  @Test func chunkedBodiesAreTaken() async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      let head = "POST /test/count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      #expect(try client.ask(head + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n").text == "7")
      #expect(try client.ask(Self.get).status == 200)
    }
  }

  @Test func requestsThatAreSentAheadAreAnsweredInTheirOrder() async throws {
    try await ConnectionTestService.run([.set(\.connections.pipelinedRequests, 8)]) { service in
      let client = try service.client()
      client.send((1...8).map { "GET /test/big/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      for count in 1...8 { #expect(try client.answer().body.count == count) }
      // One more than may be sent ahead: those before it are answered, and the last of them says that it is the last.
      let greedy = try service.client()
      greedy.send((1...50).map { "GET /test/big/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      for count in 1...8 { #expect(try greedy.answer().fields["connection"] == (count == 8 ? "close" : nil)) }
      #expect(greedy.read() == .closed)
    }
  }

  // MARK: Receiving

  @Test func bodiesThatDoNotComeKeepNobodyElseOut() async throws {
    // Nobody is to be cut for being slow meanwhile.
    let limits: [Change] = [.set(\.connections.receivingBodies, 40), .set(\.connections.bodyGrace, .seconds(600))]
    try await ConnectionTestService.run(limits) { service in
      let greedy = try (0..<34).map { _ in
        let client = try service.client()
        client.send(Self.post("/api/analyses", length: 1000) + "x")
        return client
      }
      // Half of the budget is one client's.
      #expect(eventually { service.connections.receiving.load.bodies == 20 })
      #expect(eventually { service.connections.tallies.current.refused[.receivingBodies] == 14 })
      let refused = try service.client().ask(Self.post("/api/analyses", length: 1000) + "x")
      #expect(refused.status == 503)
      #expect(refused.errorCode == "busy")
      #expect(refused.fields["retry-after"] != nil)
      #expect(refused.fields["connection"] == "close")
      #expect(try service.metric("gaze_receiving") == 20)
      #expect(try service.metric("gaze_receiving_bytes") == 20)
      let image = TestImage.png()
      let other = try service.client(from: "127.0.0.2")
      other.send(Self.post("/api/analyses", length: image.count))
      other.send(image)
      #expect(try other.answer().status == 201)
      #expect(try service.client().ask(Self.get).status == 200)
      for client in greedy { client.close() }
      #expect(eventually { service.connections.receiving.load == .init() })
    }
  }

  @Test func bytesThatAreReceivedHaveABudget() async throws {
    try await ConnectionTestService.run([.set(\.connections.receivingBytes, 200_000)]) { service in
      let client = try service.client()
      client.send(Self.post("/test/count", length: 150_000))
      client.send([UInt8](repeating: 1, count: 150_000))
      let answer = try client.answer()
      #expect(answer.status == 503)
      #expect(answer.fields["retry-after"] != nil)
      #expect(client.read() == .closed)
      #expect(service.connections.receiving.load == .init())
      let small = try service.client()
      small.send(Self.post("/test/count", length: 90_000))
      small.send([UInt8](repeating: 1, count: 90_000))
      #expect(try small.answer().text == "90000")
      #expect(service.connections.receiving.load == .init())
    }
  }

  @Test func whoAsksBeforeSendingIsToldToGoOnOnlyIfTheBodyIsWanted() async throws {
    try await ConnectionTestService.run([.set(\.connections.receivingBodies, 2)]) { service in
      let expect = "Expect: 100-continue\r\n"
      let client = try service.client()
      client.send(Self.post("/test/count", length: 5, expect))
      client.read { String(decoding: $0, as: UTF8.self).hasSuffix("\r\n\r\n") }
      #expect(String(decoding: client.received, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
      client.send("hello")
      #expect(try client.answer().text == "5")
      // Too large, not looked at, or no room: the refusal comes at once, and no word to go on.
      let cases = [
        (Self.post("/test/count", length: 1 << 30, expect), 413), (Self.post("/test/refuse", length: 5, expect), 400),
        (Self.post("/nowhere", length: 5, expect), 404), (Self.post("/test/count", length: 5, expect), 503),
      ]
      let holder = try service.client()
      holder.send(Self.post("/test/count", length: 5) + "x")
      #expect(eventually { service.connections.receiving.load.bodies == 1 })
      for (head, status) in cases {
        let refused = try service.client()
        let answer = try refused.ask(head)
        #expect(answer.status == status)
        #expect(refused.interimAnswers == 0)
        #expect(answer.fields["connection"] == "close")
        #expect(refused.read() == .closed)
      }
    }
  }

  @Test func theServiceCanSayNoBeforeTheBody() async throws {
    let refusal = { @Sendable (client: Serving.Client) -> (any Error)? in
      client == Serving.Client(address: "127.0.0.3") ? ServiceError.notFound : nil
    }
    try await ConnectionTestService.run(refusal: refusal) { service in
      let head = Self.post("/test/count", length: 5, "Expect: 100-continue\r\n")
      let refused = try service.client(from: "127.0.0.3")
      #expect(try refused.ask(head).status == 404)
      #expect(refused.interimAnswers == 0)
      let taken = try service.client()
      #expect(try taken.ask(head + "hello").text == "5")
    }
  }

  // MARK: Refused bodies

  @Test func aSmallBodyThatNobodyWantsIsThrownAway() async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      for _ in 0..<2 {
        client.send(Self.post("/test/refuse", length: 900_000))
        client.send([UInt8](repeating: 1, count: 900_000))
        let answer = try client.answer()
        #expect(answer.status == 400)
        #expect(answer.fields["connection"] == nil)
      }
      #expect(try client.ask(Self.get).status == 200)
    }
  }

  @Test func aLargeBodyThatNobodyWantsIsNotSwallowed() async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      client.send(Self.post("/test/refuse", length: 40_000_000_000))
      // Still sending, but no more than the bound: the answer is seen, not a reset.
      client.send([UInt8](repeating: 1, count: 500_000))
      let answer = try client.answer()
      #expect(answer.status == 400)
      #expect(answer.fields["connection"] == "close")
      let flood = try service.client()
      flood.send(Self.post("/test/refuse", length: 40_000_000_000))
      let piece = [UInt8](repeating: 1, count: 1 << 20)
      var sent = 0
      while sent < 200 << 20 {
        let count = flood.send(piece)
        sent += count
        if count < piece.count { break }
      }
      // The bound, and what two kernels hold.
      #expect(sent < 32 << 20)
      #expect(eventually { service.connections.tallies.current.cut[.unwantedBody] == 1 })
    }
  }

  @Test func anUnwantedBodyThatDoesNotComeIsNotWaitedFor() async throws {
    try await ConnectionTestService.run([.set(\.connections.discardTime, .milliseconds(300))]) { service in
      let client = try service.client()
      #expect(try client.ask(Self.post("/test/refuse", length: 1000)).status == 400)
      #expect(client.read() == .closed)
    }
  }

  // MARK: Answers

  @Test func answersThatNobodyReadsHaveABudget() async throws {
    try await ConnectionTestService.run([.set(\.connections.waitingBytes, 40_000_000)]) { service in
      let big = "GET /test/big/30000000 HTTP/1.1\r\nHost: a\r\n\r\n"
      let holder = try service.client(receiveBuffer: 16 << 10)
      holder.send(big)
      #expect(eventually { service.connections.answers.bytes > 15_000_000 })
      #expect((try service.metric("gaze_answers_waiting_bytes") ?? 0) > 15_000_000)
      // One piece ahead of the socket, once the answer with the metrics has left.
      #expect(eventually { service.connections.tallies.current.waitingBytes <= 256 << 10 })
      let refused = try service.client().ask(big)
      #expect(refused.status == 503)
      #expect(refused.errorCode == "busy")
      #expect(try service.client().ask(Self.get).status == 200)
      holder.close()
      #expect(eventually { service.connections.answers.bytes == 0 })
      #expect(try service.client().ask(big).body.count == 30_000_000)
      #expect(eventually { service.connections.answers.bytes == 0 })
    }
  }

  @Test func aStreamIsWrittenInChunks() async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      client.send("GET /test/stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(client.read() == .closed)
      #expect(
        String(decoding: client.received, as: UTF8.self).hasSuffix(
          "5\r\npart \r\n5\r\npart \r\n5\r\npart \r\n0\r\n\r\n"))
    }
  }

  // MARK: Leaving

  @Test(arguments: ["1.1", "1.0"])
  func whoOnlyStopsSendingIsAnswered(version: String) async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      client.send("POST /test/slow HTTP/\(version)\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
      client.finishSending()
      #expect(eventually { service.waiting == 1 })
      #expect(remains(for: 0.2) { service.cancelled == 0 })
      service.letGo()
      let answer = try client.answer()
      #expect(answer.status == 200 && answer.text == "done")
      #expect(client.interimAnswers == (version == "1.1" ? 1 : 0))
      #expect(client.read() == .closed)
    }
  }

  @Test(arguments: [true, false])
  func whoLeavesIsNotComputedFor(byReset: Bool) async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      client.send(Self.slow)
      #expect(eventually { service.waiting == 1 })
      if byReset { client.reset() } else { client.close() }
      #expect(eventually { service.cancelled == 1 })
      #expect(eventually { service.connections.registry.load.open == 0 })
      let sample = #"gaze_requests_total{route="/test/slow",method="GET",status="499"}"#
      #expect(eventually { (try? service.metric(sample)) == 1 })
    }
  }

  @Test(arguments: [true, false])
  func whoLeavesAmidABodyIsNoFaultOfOurs(byReset: Bool) async throws {
    try await ConnectionTestService.run { service in
      let client = try service.client()
      client.send(Self.post("/test/count", length: 1000) + "x")
      #expect(eventually { service.connections.receiving.load.bodies == 1 })
      if byReset { client.reset() } else { client.close() }
      #expect(eventually { service.connections.receiving.load == .init() })
      let sample = #"gaze_requests_total{route="/test/count",method="POST",status="499"}"#
      #expect(eventually { (try? service.metric(sample)) == 1 })
    }
  }

  // MARK: How many

  @Test func whoeverHasMostConnectionsLosesTheIdlest() async throws {
    try await ConnectionTestService.run([.set(\.connections.connections, 6)]) { service in
      let open = { service.connections.registry.load.open }
      let modest = try service.client(from: "127.0.0.2")
      #expect(try modest.ask(Self.get).status == 200)
      let busy = try service.client()
      busy.send(Self.slow)
      #expect(eventually { service.waiting == 1 })
      let greedy = try (0..<20).map { _ in
        let client = try service.client()
        #expect(try client.ask(Self.get).status == 200)
        return client
      }
      #expect(eventually { open() == 6 })
      #expect(service.connections.tallies.current.cut[.madeRoom] == 16)
      #expect(try modest.ask(Self.get).status == 200, "another client's connection stays, though idle for longest")
      for client in greedy.prefix(16) { #expect(client.read() == .closed) }
      for client in greedy.suffix(4) { #expect(try client.ask(Self.get).status == 200) }
      service.letGo()
      #expect(try busy.answer().text == "done")
    }
  }

  @Test func whereAllAreBusyANewcomerIsTurnedAway() async throws {
    try await ConnectionTestService.run([.set(\.connections.connections, 2)]) { service in
      let busy = try (0..<2).map { _ in
        let client = try service.client()
        client.send(Self.slow)
        return client
      }
      #expect(eventually { service.waiting == 2 })
      let newcomer = try service.client()
      let answer = try newcomer.ask(Self.get)
      #expect(answer.status == 503)
      #expect(answer.errorCode == "busy")
      #expect(answer.fields["retry-after"] == "1")
      #expect(newcomer.read() == .closed)
      service.letGo()
      for client in busy { #expect(try client.answer().text == "done") }
      #expect(try service.client().ask(Self.get).status == 200)
    }
  }

  @Test func whoHasBeenAnsweredForTheLastTimeGivesWay() async throws {
    try await ConnectionTestService.run([
      .set(\.connections.connections, 2), .set(\.connections.discardTime, .seconds(60)),
    ]) {
      service in
      let answered = try (0..<2).map { _ in
        let client = try service.client()
        #expect(try client.ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200)
        return client
      }
      #expect(try service.client().ask(Self.get).status == 200)
      for client in answered { client.close() }
    }
  }

  @Test func connectionsLeaveFilesForTheRest() {
    var limits = ConnectionLimits()
    #expect(limits.connections(withDescriptors: 1024) == 896)
    #expect(limits.connections(withDescriptors: 65_536) == 4096)
    #expect(limits.connections(withDescriptors: 64) == 16)
    limits.connections = 100
    #expect(limits.connections(withDescriptors: 1024) == 100)
    #expect((DescriptorLimit.inUse ?? 0) > 2)
  }

  @Test func acceptingPausesWhereNoFileCanBeOpened() throws {
    let channel = EmbeddedChannel()
    let connections = Connections(ConnectionLimits())
    try channel.pipeline.syncOperations.addHandler(AcceptPause(connections))
    #expect(lastReading(of: channel) == nil)
    for _ in 0..<3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept")) }
    #expect(lastReading(of: channel) == false)
    #expect(connections.tallies.current.acceptPauses == 1)
    channel.embeddedEventLoop.advanceTime(by: AcceptPause.time)
    #expect(lastReading(of: channel) == true)
    channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNABORTED, reason: "accept"))
    #expect(lastReading(of: channel) == true)
    #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
  }

  @Test func acceptingWaitsForThoseWhoAreToMakeRoom() throws {
    let channel = EmbeddedChannel()
    var limits = ConnectionLimits()
    (limits.connections, limits.descriptorReserve) = (3, 4)
    try channel.pipeline.syncOperations.addHandler(AcceptPause(Connections(limits)))
    let sockets = (0..<5).map { _ in EmbeddedChannel(loop: channel.embeddedEventLoop) }
    for (index, socket) in sockets.enumerated() {
      #expect(lastReading(of: channel) == nil, "\(index)")
      channel.pipeline.fireChannelRead(socket as any Channel)
    }
    #expect(lastReading(of: channel) == false)
    sockets[0].close(promise: nil)
    channel.embeddedEventLoop.run()
    #expect(lastReading(of: channel) == true)
  }

  /// Whether a channel reads, if that was set: a channel for tests itself always says that it does.
  private func lastReading(of channel: EmbeddedChannel) -> Bool? {
    channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
  }

  @Test func ratesForgiveStepsAndNotRests() {
    var watch = RateWatch(rate: 1000, grace: .seconds(5))
    watch.note(1_000_000, in: .seconds(1))
    watch.note(0, in: .seconds(4.9))
    #expect(!watch.isTooSlow)
    watch.note(0, in: .seconds(0.2))
    #expect(watch.isTooSlow)
    watch = RateWatch(rate: 1000, grace: .seconds(5))
    for _ in 0..<100 {
      watch.note(0, in: .seconds(4))
      watch.note(4000, in: .milliseconds(1))
      #expect(!watch.isTooSlow)
    }
  }
}
