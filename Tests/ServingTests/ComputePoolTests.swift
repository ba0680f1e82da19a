import Explain
import Synchronization
import TestSupport
import Testing

@testable import Autodiff
@testable import Serving

/// The threads that keep to the schedule; `ScheduleTests` asks the same of its rules.
@Suite(.timeLimit(.minutes(2))) struct ComputePoolTests {
  private let greedy = Client(address: "192.0.2.1")
  private let modest = Client(address: "192.0.2.2")

  private static func pool(
    slots: Int = 1, threads: Int = 1, clock: ManualClock? = nil, _ change: (inout ServiceLimits) -> Void = { _ in }
  ) -> ComputePool {
    var limits = ServiceLimits()
    limits.computeSlots = slots
    change(&limits)
    let workers = Workers(threadCount: threads)
    guard let clock else { return ComputePool(limits, workers: workers) }
    return ComputePool(limits, workers: workers, now: { clock.now })
  }

  /// Work that holds its slot until it is let go.
  private final class Block: Sendable {
    private let door = Handover<Void>()
    private let isHeld = Atomic(false)

    func letGo() { door.give(()) }
    func wait() {
      isHeld.store(true, ordering: .relaxed)
      door.take()
    }

    /// Returns when the work runs.
    func hold(_ pool: ComputePool, for client: Client = .local) async -> Task<Void, any Error> {
      let task = Task { try await pool.run(for: client) { _ in self.wait() } }
      #expect(await comesTrue { self.isHeld.load(ordering: .relaxed) })
      return task
    }
  }

  /// Work that gives way until somebody says that it is done, and counts its passes.
  private final class Long: Sendable {
    let passes = Atomic(0)
    let isDone = Atomic(false)

    func start(_ pool: ComputePool, for client: Client = .local) async -> Task<Void, any Error> {
      let task = Task {
        try await pool.run(for: client, isLong: true) { turn in
          while !self.isDone.load(ordering: .relaxed) {
            try turn.check()
            self.passes.add(1, ordering: .relaxed)
            _ = turn.giveWay()
          }
        }
      }
      #expect(await comesTrue { self.passes.load(ordering: .relaxed) > 0 })
      return task
    }
  }

  /// Whether a task ends: to be asked before its value is awaited where, by a mistake, it might not.
  private func ends(_ task: Task<Void, any Error>) async -> Bool {
    let hasEnded = Guarded(false)
    Task {
      _ = await task.result
      hasEnded.withLock { $0 = true }
    }
    return await comesTrue { hasEnded.withLock { $0 } }
  }

  private func start(_ works: [Long], _ pool: ComputePool) async -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for work in works { tasks.append(await work.start(pool)) }
    return tasks
  }

  // MARK: Giving way

  @Test func shortWorkRunsWhileLongWorkIsParked() async throws {
    let (pool, long) = (Self.pool(), Long())
    let task = await long.start(pool)
    for number in 0..<20 {
      // On the one slot, though the long work does not end before all of these have.
      let (answer, load) = try await pool.run(for: .local) { _ in (number, pool.load) }
      #expect(answer == number && load.parked == 1 && load.running == 1)
    }
    let passes = long.passes.load(ordering: .relaxed)
    #expect(await comesTrue { long.passes.load(ordering: .relaxed) > passes }, "it goes on")
    long.isDone.store(true, ordering: .relaxed)
    try await task.value
    #expect(pool.load.isIdle)
    #expect(pool.load.begun == 21)
  }

  /// The engine shares its threads among those that run.
  @Test func whatIsParkedDoesNotCountAsComputing() async throws {
    var limits = ServiceLimits()
    limits.computeSlots = 1
    let workers = Workers(threadCount: 4)
    let (pool, long) = (ComputePool(limits, workers: workers), Long())
    let task = await long.start(pool)
    #expect(workers.share == 4)
    let (share, load) = try await pool.run(for: .local) { _ in (workers.share, pool.load) }
    #expect(share == 4 && load.parked == 1)
    long.isDone.store(true, ordering: .relaxed)
    try await task.value
    let shares = try await pool.run(for: .local) { _ in (workers.share, workers.computing { workers.share }) }
    #expect(shares == (4, 2))
  }

  @Test func longWorkTakesTurns() async throws {
    let pool = Self.pool { $0.turnTime = .zero }
    let works = (0..<4).map { _ in Long() }
    let tasks = await start(works, pool)
    for round in 1...50 {
      #expect(await comesTrue { works.allSatisfy { $0.passes.load(ordering: .relaxed) > round } })
    }
    #expect(pool.load.running + pool.load.parked == 4)
    for work in works { work.isDone.store(true, ordering: .relaxed) }
    for task in tasks { try await task.value }
    #expect(pool.load.isIdle)
  }

  @Test func whoAsksLeastGoesFirst() async throws {
    let (pool, block, order) = (Self.pool(), Block(), Guarded<[Client]>([]))
    let first = await block.hold(pool, for: greedy)
    var tasks: [Task<Void, any Error>] = []
    for client in [greedy, greedy, greedy, modest] {
      tasks.append(Task { try await pool.run(for: client) { _ in order.withLock { $0.append(client) } } })
      #expect(await comesTrue { pool.load.waiting == tasks.count })
    }
    block.letGo()
    for task in [first] + tasks { try await task.value }
    #expect(order.withLock { $0 } == [modest, greedy, greedy, greedy])
  }

  // MARK: Cancellation

  @Test func workThatWasCancelledWhileItWaitedNeverBegins() async throws {
    let (pool, block, ran) = (Self.pool(), Block(), Guarded(false))
    let first = await block.hold(pool)
    let second = Task { try await pool.run(for: .local, byteCount: 5) { _ in ran.withLock { $0 = true } } }
    #expect(await comesTrue { pool.load.waiting == 1 })
    #expect(pool.load.waitingBytes == 5)
    second.cancel()
    // At once, not when its turn comes.
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(pool.load.waiting == 0 && pool.load.waitingBytes == 0 && pool.load.running == 1)
    block.letGo()
    try await first.value
    #expect(!ran.withLock { $0 } && pool.load.isIdle)
  }

  @Test func workThatIsParkedEndsAtOnceWhenItIsCancelled() async throws {
    let (pool, long, block) = (Self.pool(), Long(), Block())
    let task = await long.start(pool)
    let short = await block.hold(pool, for: modest)
    #expect(pool.load.parked == 1)
    task.cancel()
    try #require(await ends(task))
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(pool.load.running == 1 && pool.load.parked == 0, "the short work still holds the slot")
    block.letGo()
    try await short.value
    #expect(pool.load.isIdle)
  }

  @Test func workThatRunsSeesThatItWasCancelled() async throws {
    let (pool, long) = (Self.pool(), Long())
    let task = await long.start(pool)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(pool.load.isIdle)
  }

  @Test func aTaskThatIsCancelledAlreadyDoesNothing() async throws {
    let (pool, ran) = (Self.pool(), Guarded(false))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await pool.run(for: .local) { _ in ran.withLock { $0 = true } }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!ran.withLock { $0 } && pool.load.begun == 0)
  }

  // MARK: Refusals

  @Test func whoComesWhenAllIsFullIsToldWhenToComeAgain() async throws {
    let (pool, block) = (Self.pool { $0.maximumWaiting = 1 }, Block())
    let first = await block.hold(pool, for: greedy)
    try pool.checkRoom(for: greedy)
    let second = Task { try await pool.run(for: greedy) { _ in } }
    #expect(await comesTrue { pool.load.waiting == 1 })
    #expect(pool.wouldRefuse(greedy) && pool.wouldRefuse(modest))
    for isEarly in [true, false] {
      let error = await #expect(throws: ServingError.self) {
        if isEarly { try pool.checkRoom(for: greedy) } else { try await pool.run(for: greedy) { _ in } }
      }
      guard case .busy(let time)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(time >= .seconds(1) && time <= .seconds(60))
    }
    #expect(pool.load.refused == [.full: 2])
    block.letGo()
    for task in [first, second] { try await task.value }
    #expect(!pool.wouldRefuse(greedy))
  }

  @Test func whoHoldsMostGivesRoomToOthers() async throws {
    let (pool, block) = (Self.pool { $0.maximumWaiting = 3 }, Block())
    let first = await block.hold(pool, for: greedy)
    var waiting: [Task<Void, any Error>] = []
    for _ in 0..<3 {
      waiting.append(Task { try await pool.run(for: greedy) { _ in } })
      #expect(await comesTrue { pool.load.waiting == waiting.count })
    }
    let other = Task { try await pool.run(for: modest) { _ in } }
    // The newest of the greedy client's, although nothing has ended.
    try #require(await ends(waiting[2]))
    await #expect(throws: ServingError.self) { try await waiting[2].value }
    #expect(pool.load.refused == [.unfair: 1] && pool.load.waiting == 3)
    block.letGo()
    for task in [first, waiting[0], waiting[1], other] { try await task.value }
  }

  @Test func whoWaitsForTooLongIsRefusedThoughNothingElseHappens() async throws {
    let (pool, block, ran) = (Self.pool { $0.queueTimeout = .milliseconds(20) }, Block(), Guarded(false))
    let first = await block.hold(pool)
    for count in 1...2 {
      await #expect(throws: ServingError.self) { try await pool.run(for: .local) { _ in ran.withLock { $0 = true } } }
      #expect(pool.load.refused == [.deadline: count])
    }
    block.letGo()
    try await first.value
    #expect(!ran.withLock { $0 })
  }

  // MARK: Threads

  @Test func threadsAreStartedWhenTheyAreNeededAndEndThen() async throws {
    let pool = Self.pool(slots: 2) {
      $0.longPiecesBeyondSlots = 3
      $0.turnTime = .zero
    }
    #expect(pool.load.threads == 0)
    for _ in 0..<10 { try await pool.run(for: .local) { _ in } }
    #expect(pool.load.threads == 1)
    for _ in 0..<5 {
      let works = (0..<5).map { _ in Long() }
      let tasks = await start(works, pool)
      #expect(pool.load.threads == 5)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 { group.addTask { try await pool.run(for: .local) { _ in } } }
        try await group.waitForAll()
      }
      #expect(pool.load.threads <= 7, "two slots and five long pieces")
      for work in works { work.isDone.store(true, ordering: .relaxed) }
      for task in tasks { try await task.value }
      #expect(pool.load.threads == 2)
    }
    await pool.shutDown()
    #expect(pool.load.threads == 0)
    await #expect(throws: CancellationError.self) { try await pool.run(for: .local) { _ in } }
  }

  @Test func shuttingDownFinishesWhatWasTakenOn() async throws {
    let (pool, block, long) = (Self.pool(), Block(), Long())
    let task = await long.start(pool)
    let first = await block.hold(pool)
    let second = Task { try await pool.run(for: .local) { _ in 7 } }
    #expect(await comesTrue { pool.load.waiting == 1 })
    let end = Task { await pool.shutDown() }
    long.isDone.store(true, ordering: .relaxed)
    block.letGo()
    await end.value
    #expect(try await second.value == 7)
    try await first.value
    try await task.value
  }

  /// A pool that nobody holds any more finishes what it has and ends its threads.
  @Test func aPoolThatIsForgottenFinishesItsWork() async throws {
    let block = Block()
    let task = await block.hold(Self.pool())
    block.letGo()
    try await task.value
  }

  // MARK: Time

  @Test(arguments: [(3, true), (5, false)])
  func theTimeOfWorkIsThatOfItsTurns(seconds: Int, isEnough: Bool) async throws {
    let clock = ManualClock()
    let (pool, block) = (Self.pool(clock: clock), Block())
    let limit = WorkLimit(maximumPasses: 10, maximumTime: .seconds(10))
    let (hasRun, mayGoOn) = (Guarded(false), Handover<Void>())
    let task = Task {
      try await pool.run(for: greedy, isLong: true) { turn in
        clock.advance(by: .seconds(1000))
        try limit.run(turn) { progress in
          clock.advance(by: .seconds(6))
          hasRun.withLock { $0 = true }
          mayGoOn.take()
          try progress.step(1, of: 2)
          clock.advance(by: .seconds(seconds))
          try progress.step(2, of: 2)
        }
      }
    }
    #expect(await comesTrue { hasRun.withLock { $0 } })
    let short = Task { try await pool.run(for: modest) { _ in block.wait() } }
    #expect(await comesTrue { pool.load.waiting == 1 })
    mayGoOn.give(())
    #expect(await comesTrue { pool.load.parked == 1 })
    clock.advance(by: .seconds(60))
    block.letGo()
    try await short.value
    if isEnough {
      try await task.value
    } else {
      let error = await #expect(throws: ServingError.self) { try await task.value }
      #expect(error == .tookTooLong(limit: .seconds(10)))
    }
  }
}
