import Explain
import Testing

@testable import Serving

@Suite struct WorkLimitTests {
  @Test func workEndsBetweenPassesWhenNobodyWaits() throws {
    let limit = WorkLimit(maximumPasses: 10, maximumTime: .seconds(60))
    let cancellation = Cancellation()
    var steps = 0
    #expect(throws: CancellationError.self) {
      try limit.run(cancellation) { progress in
        while true {
          steps += 1
          if steps == 3 { cancellation.cancel() }
          try progress.step(steps, of: 1000)
        }
      }
    }
    #expect(steps == 3)
  }

  @Test func whatWouldTakeTooManyPassesIsRefusedBeforeTheFirst() throws {
    let limit = WorkLimit(maximumPasses: 10, maximumTime: .seconds(60))
    try limit.check(passes: 10, remedy: "Ask for less.")
    let error = #expect(throws: AttributionError.self) { try limit.check(passes: 11, remedy: "Ask for less.") }
    #expect(error?.description.contains("11 passes") == true)
    #expect(error?.description.contains("Ask for less.") == true)
  }
}
