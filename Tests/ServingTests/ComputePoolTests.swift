import Autodiff
import Foundation
import Synchronization
import Testing

@testable import Serving

@Suite struct ComputePoolTests {
  @Test func thereAreAsManyPlacesAsSlotsAndChairs() async throws {
    let pool = ComputePool(slots: 1, waitingPlaces: 2, workers: Workers(threadCount: 1))
    try await pool.withPlace {
      try await pool.withPlace {
        try await pool.withPlace {
          #expect(pool.load.admitted == 3)
          await #expect(throws: ServingError.self) { try await pool.withPlace {} }
          #expect(pool.load.admitted == 3)
        }
        try await pool.withPlace {}
      }
    }
    #expect(pool.load.admitted == 0)
  }

  @Test func aPlaceIsGivenBackAfterAnError() async throws {
    let pool = ComputePool(slots: 1, waitingPlaces: 0, workers: Workers(threadCount: 1))
    for _ in 0..<3 {
      await #expect(throws: ServingError.self) { try await pool.withPlace { throw ServingError.unknownAnalysis } }
    }
    try await pool.withPlace {}
  }

  @Test func workThatWasCancelledWhileItWaitedNeverBegins() async throws {
    let pool = ComputePool(slots: 1, waitingPlaces: 4, workers: Workers(threadCount: 1))
    let (door, hasBegun) = (DispatchSemaphore(value: 0), AsyncStream<Void>.makeStream())
    let first = Task {
      try await pool.run { _ in
        hasBegun.continuation.finish()
        door.wait()
      }
    }
    for await _ in hasBegun.stream {}
    let ran = Mutex(false)
    let second = Task { try await pool.run { _ in ran.withLock { $0 = true } } }
    while pool.load.queued == 0 { await Task.yield() }
    second.cancel()
    door.signal()
    try await first.value
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(!ran.withLock { $0 })
    #expect(pool.load.running == 0)
  }

  @Test func workThatRunsSeesThatItWasCancelled() async throws {
    let pool = ComputePool(slots: 1, waitingPlaces: 0, workers: Workers(threadCount: 1))
    let hasBegun = AsyncStream<Void>.makeStream()
    let task = Task {
      try await pool.run { cancellation in
        hasBegun.continuation.finish()
        while true {
          try cancellation.check()
          sched_yield()
        }
      }
    }
    for await _ in hasBegun.stream {}
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
