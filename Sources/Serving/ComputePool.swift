package import Autodiff
import Synchronization

/// Where requests compute: threads of their own, so that neither the event loops nor Swift's cooperative threads ever
/// wait for a network.
///
/// As many pieces of work run as there are slots; the others wait, or are parked between two of their passes, and
/// `Schedule` says who goes next. A request asks for a slot when all that it needs is there.
package final class ComputePool: Sendable {
  /// What the pool holds and has done, at one moment.
  package struct Load: Sendable {
    /// Pieces of work that compute.
    package let running: Int
    /// Pieces of work that have begun and let others go first.
    package let parked: Int
    /// Pieces of work that have not begun.
    package let waiting: Int
    /// Bytes of the bodies that wait.
    package let waitingBytes: Int
    /// Threads, most of which may be asleep.
    package let threads: Int
    /// Pieces of work that have begun so far.
    package let begun: Int
    /// How long they had waited together.
    package let queueTime: Duration
    package let refused: [Refusal: Int]

    package var isIdle: Bool { running + parked + waiting == 0 }
  }

  private let crew: Crew

  /// - Parameters:
  ///   - workers: of the engine that the work computes with; they are told how many pieces of work share them.
  ///   - usage: where the time of each client is written down.
  ///   - now: the time by which turns are counted.
  package init(
    _ limits: ServiceLimits, workers: Workers, usage: UsageLedger = UsageLedger(),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    crew = Crew(limits, workers: workers, usage: usage, now: now)
  }

  deinit { crew.close() }

  package var load: Load { crew.load }

  /// Whether a piece of work of this client would be refused at once: cheap, for before a body is read.
  package func wouldRefuse(_ client: Client) -> Bool { crew.wouldRefuse(client) }

  /// Throws `ServingError.busy`, and counts it, where a piece of work of this client would be refused at once.
  package func checkRoom(for client: Client) throws(ServingError) { try crew.checkRoom(for: client) }

  /// Runs blocking work on one of the threads, when it is its client's turn. If the task is cancelled while the work
  /// waits, it never begins; once it has begun it sees it in `Turn.check()`.
  ///
  /// - Parameters:
  ///   - byteCount: bytes that the work holds while it waits.
  ///   - isLong: whether it will take many passes. There is a limit on how many such pieces have begun.
  ///   - isContinuation: whether it goes on with an answer that has begun, and is never refused.
  /// - Throws: `ServingError.busy` where there is no room for it or its turn does not come in time.
  package func run<Result: Sendable>(
    for client: Client, byteCount: Int = 0, isLong: Bool = false, isContinuation: Bool = false,
    _ work: @escaping @Sendable (Turn) throws -> Result
  ) async throws -> Result {
    let (record, entry) = (WorkRecord.current, ContinuousClock.now)
    let turn = crew.newTurn(record)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let job = Job(turn: turn, client: client) { turn in
          record?.add(.queue, from: entry)
          let result = Swift.Result { try work(turn) }
          return { continuation.resume(with: result) }
        } refuse: {
          continuation.resume(throwing: $0)
        }
        crew.enter(job, of: client, byteCount: byteCount, isLong: isLong, isContinuation: isContinuation)
      }
    } onCancel: {
      turn.cancel()
    }
  }

  /// Ends the threads once the work that was given to them is done. Further work is refused as cancelled.
  package func shutDown() async {
    crew.close()
    await crew.isEmpty()
  }
}

/// What a thread is given to do.
private struct Job: Sendable {
  let turn: Turn
  let client: Client
  /// Computes, and gives what hands the result over.
  let compute: @Sendable (Turn) -> @Sendable () -> Void
  let refuse: @Sendable (any Error) -> Void
}

/// The threads of a pool, and the schedule that they keep to. They hold it, so that it outlives the pool while they
/// work.
///
/// A thread that gives way sleeps until its turn comes again, and its slot goes to another thread. So there are more
/// threads than slots: each is started when it is needed and ends when it has nothing to do and enough others have
/// nothing to do either.
final class Crew: Sendable {
  private let slots: Int
  private let workers: Workers
  private let usage: UsageLedger
  private let now: @Sendable () -> ContinuousClock.Instant
  private let ids = Atomic(0)
  private let state: Guarded<State>

  init(
    _ limits: ServiceLimits, workers: Workers, usage: UsageLedger,
    now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    slots = limits.computeSlots
    self.workers = workers
    self.usage = usage
    self.now = now
    state = Guarded(State(limits))
  }

  func newTurn(_ record: WorkRecord? = nil) -> Turn {
    Turn(id: ids.add(1, ordering: .relaxed).newValue, crew: self, record: record)
  }

  var load: ComputePool.Load {
    state.withLock { state in
      let schedule = state.schedule
      return ComputePool.Load(
        running: schedule.running.count, parked: schedule.parked.count, waiting: schedule.waiting.count,
        waitingBytes: schedule.waitingBytes, threads: state.threads, begun: schedule.begun.count,
        queueTime: schedule.begun.queueTime, refused: schedule.refused)
    }
  }

  func wouldRefuse(_ client: Client) -> Bool { state.withLock { $0.schedule.wouldRefuse(client) } }

  func checkRoom(for client: Client) throws(ServingError) {
    let error = state.withLock { state -> ServingError? in
      guard state.schedule.wouldRefuse(client) else { return nil }
      state.schedule.countRefusal(.full)
      return state.busy(at: now())
    }
    if let error { throw error }
  }

  fileprivate func enter(
    _ job: Job, of client: Client, byteCount: Int, isLong: Bool, isContinuation: Bool
  ) {
    update { state, now in
      guard !state.isClosed, !job.turn.isCancelled else {
        state.refusals.append(Refused(job: job, error: CancellationError()))
        return
      }
      guard
        let displaced = state.schedule.enter(
          job.turn.id, of: client, byteCount: byteCount, isLong: isLong, isContinuation: isContinuation, at: now)
      else {
        state.refusals.append(Refused(job: job, error: state.busy(at: now)))
        return
      }
      for id in displaced { state.refuse(id, at: now) }
      state.jobs[job.turn.id] = job
    }
  }

  func cancel(_ turn: Turn) {
    update { state, now in
      if let job = state.jobs.removeValue(forKey: turn.id) {
        state.schedule.leave(turn.id, at: now)
        state.refusals.append(Refused(job: job, error: CancellationError()))
      } else if state.schedule.parked.contains(where: { $0.id == turn.id }) {
        state.schedule.leave(turn.id, at: now)
        turn.handover.give(())
      }
    }
  }

  func giveWay(_ turn: Turn) -> Duration {
    let (isParked, time) = update { state, now in
      (state.schedule.givesWay(turn.id, at: now), state.schedule.attained(turn.id, at: now) ?? .zero)
    }
    guard isParked else { return time }
    workers.pausing { turn.handover.take() }
    return self.time(of: turn)
  }

  func time(of turn: Turn) -> Duration { state.withLock { $0.schedule.attained(turn.id, at: now()) ?? .zero } }

  /// Nothing more is taken on. The threads end when what was taken on is done.
  func close() { update { state, _ in state.isClosed = true } }

  /// Returns when the last thread has been told to end, after `close()`.
  func isEmpty() async {
    await withCheckedContinuation { continuation in
      update { state, _ in state.waitingForEmpty.append(continuation) }
    }
  }

  /// Changes the state, gives free slots away, and tells those who were refused.
  private func update<Result>(_ change: (inout State, ContinuousClock.Instant) -> Result) -> Result {
    let (result, outcome) = state.withLock { state -> (Result, Outcome) in
      let now = now()
      for id in state.schedule.refuseLate(at: now) { state.refuse(id, at: now) }
      let result = change(&state, now)
      while let grant = state.schedule.next(at: now) { perform(grant, &state, at: now) }
      state.dismiss(allBut: slots)
      return (result, state.takeOutcome(at: now))
    }
    for refusal in outcome.refusals { refusal.job.refuse(refusal.error) }
    for continuation in outcome.ended { continuation.resume() }
    if let wait = outcome.watch { watch(for: wait) }
    return result
  }

  /// Looks again when the next piece of work will have waited for too long.
  private func watch(for wait: Duration) {
    Task { [weak self] in
      try? await Task.sleep(for: wait)
      self?.update { state, _ in state.isWatched = false }
    }
  }

  // MARK: Threads

  private func perform(_ grant: Schedule.Grant, _ state: inout State, at now: ContinuousClock.Instant) {
    switch grant {
    case .resume(let id): state.turns[id]?.handover.give(())
    case .begin(let id):
      guard let job = state.jobs.removeValue(forKey: id) else { preconditionFailure("Crew: a piece without its work") }
      if let door = state.idle.popLast() ?? newThread(&state) {
        state.turns[id] = job.turn
        door.give(job)
      } else {
        state.schedule.leave(id, at: now)
        state.refusals.append(Refused(job: job, error: state.busy(at: now)))
      }
    }
  }

  /// Starts a thread; nil if the system has none.
  private func newThread(_ state: inout State) -> Handover<Job?>? {
    let door = Handover<Job?>()
    guard Platform.startThread({ while let job = door.take() { self.work(job, door) } }) else { return nil }
    state.threads += 1
    return door
  }

  private func work(_ job: Job, _ door: Handover<Job?>) {
    let finish = workers.computing { job.compute(job.turn) }
    let time = update { state, now in
      let time = state.schedule.attained(job.turn.id, at: now)
      state.schedule.leave(job.turn.id, at: now)
      state.turns[job.turn.id] = nil
      // The last in is the first out: the next piece of work goes to this thread.
      state.idle.append(door)
      return time
    }
    if let time { usage.charge(time, to: job.client) }
    finish()
  }
}

/// A piece of work that is told no.
private struct Refused {
  let job: Job
  let error: any Error
}

/// What is to be done when the lock has been given back.
private struct Outcome {
  let refusals: [Refused]
  let ended: [CheckedContinuation<Void, Never>]
  /// After what time somebody has to look for work that has waited for too long; nil if somebody will.
  let watch: Duration?
}

private struct State {
  var schedule: Schedule
  /// Work that has not begun.
  var jobs: [Int: Job] = [:]
  /// Work that has begun.
  var turns: [Int: Turn] = [:]
  /// Where threads without work wait for some; nil tells them to end.
  var idle: [Handover<Job?>] = []
  /// All that have not been told to end.
  var threads = 0
  var isClosed = false
  /// Whether a task waits for the next deadline.
  var isWatched = false
  var waitingForEmpty: [CheckedContinuation<Void, Never>] = []
  var refusals: [Refused] = []

  init(_ limits: ServiceLimits) { schedule = Schedule(limits) }

  func busy(at now: ContinuousClock.Instant) -> ServingError {
    .busy(retryAfter: schedule.retryAfter(at: now, jitter: .random(in: 0...1)))
  }

  /// Refuses a piece of work that has left the schedule.
  mutating func refuse(_ id: Int, at now: ContinuousClock.Instant) {
    if let job = jobs.removeValue(forKey: id) { refusals.append(Refused(job: job, error: busy(at: now))) }
  }

  /// Tells threads to end that have had nothing to do for longest.
  mutating func dismiss(allBut count: Int) {
    while idle.count > (isClosed ? 0 : count) {
      threads -= 1
      idle.removeFirst().give(nil)
    }
  }

  mutating func takeOutcome(at now: ContinuousClock.Instant) -> Outcome {
    var (ended, watch) = ([CheckedContinuation<Void, Never>](), Duration?.none)
    if isClosed && threads == 0 { swap(&ended, &waitingForEmpty) }
    if !isWatched, let deadline = schedule.nextDeadline {
      isWatched = true
      watch = deadline - now
    }
    let outcome = Outcome(refusals: refusals, ended: ended, watch: watch)
    refusals = []
    return outcome
  }
}
