import Autodiff
import Testing

@testable import Serving

/// What a request's work says of itself.
@Suite struct WorkRecordTests {
  @Test func theTimesOfAStageAddUpWithoutWhatWasParked() {
    let record = WorkRecord()
    let start = ContinuousClock.now
    record.add(.render, from: start, to: start + .seconds(1))
    record.add(.render, from: start + .seconds(2), to: start + .seconds(5), parked: .seconds(2))
    #expect(record.contents.times == [.render: .seconds(2), .parked: .seconds(2)])
    #expect(record.contents.spans.map { $0.end - $0.start } == [.seconds(1), .seconds(3)])
    // The clocks of a stage that was cancelled need not agree.
    record.add(.backward, from: start, to: start, parked: .seconds(1))
    #expect(record.contents.times[.backward] == .zero)
  }

  @Test func severalMethodsAreNoneOfThem() {
    let record = WorkRecord()
    record.note(method: "a")
    record.note(method: "a")
    #expect(record.contents.method == "a")
    record.note(method: "b")
    record.note(method: "a")
    #expect(record.contents.method == "several")
  }

  @Test func anAnswerOfManyPartsIsNotManySpans() {
    let record = WorkRecord()
    for _ in 0..<1000 { record.add(.render, from: .now) }
    record.add(.write, from: .now)
    #expect(record.contents.spans.count == 65)
    #expect(record.contents.spans.last?.stage == .write)
  }

  @Test func workInThePoolFindsTheRecordOfItsTask() async throws {
    let pool = ComputePool(ServiceLimits(), workers: Workers(threadCount: 1))
    let record = WorkRecord()
    try await WorkRecord.$current.withValue(record) {
      try await pool.run(for: .local) { turn in
        #expect(turn.record === record)
        turn.measure(.forward) {}
        turn.measure(.backward, if: { false }) {}
        try? turn.measure(.decode) { throw CancellationError() }
      }
    }
    #expect(Set(record.contents.times.keys) == [.queue, .forward, .decode])
    try await pool.run(for: .local) { turn in #expect(turn.record == nil) }
    await pool.shutDown()
  }

  @Test func clientsAreWrittenAsAddresses() {
    #expect("\(Client(address: "127.0.0.1"))" == "127.0.0.1")
    #expect("\(Client(address: "::ffff:192.0.2.7"))" == "192.0.2.7")
    #expect("\(Client(address: "2001:db8:0:1::7"))" == "2001:db8:0:1::/64")
    #expect("\(Client.local)" == "local")
  }
}
