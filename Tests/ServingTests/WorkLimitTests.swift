import Autodiff
import Explain
import Synchronization
import Testing

@testable import Serving

@Suite struct WorkLimitTests {
  @Test func workEndsBetweenPassesWhenNobodyWaits() async throws {
    let limit = WorkLimit(maximumPasses: 10, maximumTime: .seconds(60))
    let pool = ComputePool(ServiceLimits(), workers: Workers(threadCount: 1))
    let steps = Atomic(0)
    await #expect(throws: CancellationError.self) {
      try await pool.run(for: .local) { turn in
        try limit.run(turn) { progress in
          while true {
            let step = steps.add(1, ordering: .relaxed).newValue
            if step == 3 { turn.cancel() }
            try progress.step(step, of: 1000)
          }
        }
      }
    }
    #expect(steps.load(ordering: .relaxed) == 3)
  }

  @Test func whatWouldTakeTooManyPassesIsRefusedBeforeTheFirst() throws {
    let limit = WorkLimit(maximumPasses: 10, maximumTime: .seconds(60))
    try limit.check(passes: 10, remedy: "Ask for less.")
    let error = #expect(throws: AttributionError.self) { try limit.check(passes: 11, remedy: "Ask for less.") }
    #expect(error?.description.contains("11 passes") == true)
    #expect(error?.description.contains("Ask for less.") == true)
  }
}
