import Autodiff
import Testing

@testable import Serving

/// The rules by which slots are given away, in virtual time.
@Suite struct ScheduleTests {
  private let greedy = Client(address: "192.0.2.1")
  private let modest = Client(address: "192.0.2.2")

  private static func limits(_ change: (inout ServiceLimits) -> Void = { _ in }) -> ServiceLimits {
    var limits = ServiceLimits()
    limits.computeSlots = 2
    change(&limits)
    return limits
  }

  // MARK: Fairness

  @Test func whoAsksOnceWaitsForRunningWorkAlone() throws {
    var simulation = Simulation(Self.limits())
    for _ in 0..<60 { simulation.add(greedy, of: .milliseconds(100)) }
    let one = simulation.add(modest, at: .milliseconds(110), of: .milliseconds(100))
    simulation.run(until: .seconds(10))
    #expect(try #require(simulation[one].wait) == .milliseconds(90))
    #expect(simulation.pieces.values.allSatisfy { $0.end != nil })
  }

  @Test func twoGreedyClientsHaveHalfEach() {
    var simulation = Simulation(Self.limits())
    // Of one there are many small pieces, of the other few large ones, and it comes later.
    for _ in 0..<200 { simulation.add(greedy, of: .milliseconds(20)) }
    for _ in 0..<50 { simulation.add(modest, at: .milliseconds(5), of: .milliseconds(100)) }
    simulation.run(until: .seconds(3))
    let (one, other) = (simulation.served(greedy), simulation.served(modest))
    #expect(one + other >= .milliseconds(5800))
    #expect((one - other < .milliseconds(250)) && (other - one < .milliseconds(250)), "\(one) and \(other)")
  }

  /// One that sends its next piece when it has the answer to the last is not a new client each time.
  @Test func whoLeavesAndComesAgainIsRemembered() {
    var simulation = Simulation(Self.limits { $0.computeSlots = 1 })
    for _ in 0..<200 { simulation.add(modest, of: .milliseconds(100)) }
    while simulation.now < .seconds(8) {
      let id = simulation.add(greedy, at: simulation.now, of: .milliseconds(400))
      while simulation[id].end == nil { simulation.run(until: simulation.now + .milliseconds(20)) }
    }
    let share = simulation.served(modest)
    #expect(share >= .milliseconds(3600), "\(share) of 8 seconds")
  }

  @Test func nobodySavesUp() {
    var simulation = Simulation(Self.limits())
    // The modest client asked once, a minute before; since then the other had everything.
    simulation.add(modest, of: .milliseconds(20))
    for second in 0..<70 {
      for _ in 0..<20 { simulation.add(greedy, at: .seconds(second), of: .milliseconds(100)) }
    }
    simulation.run(until: .seconds(60))
    let before = simulation.served(greedy)
    for _ in 0..<200 { simulation.add(modest, at: .seconds(60), of: .milliseconds(100)) }
    simulation.run(until: .seconds(66))
    let share = simulation.served(greedy) - before
    #expect(share >= .seconds(5) && share <= .seconds(7), "\(share) of 12 seconds")
  }

  @Test func nobodyPaysForLong() throws {
    var simulation = Simulation(
      Self.limits {
        $0.computeSlots = 4
        $0.maximumWaiting = 1000
        $0.queueTimeout = .seconds(1000)
      })
    // For twenty seconds one client has most, beside another that always has a small piece there: some 30 seconds more.
    for _ in 0..<250 { simulation.add(greedy, of: .milliseconds(400)) }
    for step in 0..<2000 { simulation.add(modest, at: .milliseconds(10 * step), of: .milliseconds(12)) }
    simulation.run(until: .seconds(20))
    #expect(simulation.served(greedy) - simulation.served(modest) > .seconds(25))
    for _ in 0..<600 { simulation.add(modest, at: .seconds(20), of: .milliseconds(100)) }
    simulation.run(until: .seconds(30))
    let next = try #require(
      simulation.pieces.values.lazy.filter { $0.client == greedy && $0.begin.map { $0 > .seconds(20) } ?? false }
        .compactMap(\.begin).min())
    #expect(next < .seconds(22), "five seconds of four slots, not thirty")
  }

  // MARK: Long work

  @Test(arguments: [true, false])
  func shortWorkWaitsForOnePassOfLongWork(isOfAnother: Bool) throws {
    var simulation = Simulation(Self.limits())
    for _ in 0..<8 { simulation.add(greedy, passes: 10_000, of: .milliseconds(40)) }
    let client = isOfAnother ? modest : greedy
    let short = (0..<50).map { simulation.add(client, at: .milliseconds(3000 + 170 * $0), of: .milliseconds(30)) }
    simulation.run(until: .seconds(20))
    for id in short { #expect(try #require(simulation[id].wait) <= .milliseconds(40)) }
    #expect(simulation.refused.isEmpty)
  }

  @Test func longWorkOfTheSameKindTakesTurns() {
    var simulation = Simulation(Self.limits { $0.computeSlots = 1 })
    let ids = (0..<4).map { _ in simulation.add(modest, passes: 1000, of: .milliseconds(10)) }
    simulation.run(until: .seconds(8))
    for id in ids {
      #expect(simulation[id].passes.count >= 190 && simulation[id].passes.count <= 210, "a quarter of 800 passes")
    }
    // A turn is 75 ms, here 8 passes: not every pass changes who runs.
    #expect(simulation.changes >= 90 && simulation.changes <= 101, "\(simulation.changes)")
  }

  @Test func longWorkOfTwoClientsIsSharedByClient() {
    var simulation = Simulation(Self.limits { $0.computeSlots = 1 })
    for _ in 0..<6 { simulation.add(greedy, passes: 1000, of: .milliseconds(10)) }
    simulation.add(modest, at: .milliseconds(5), passes: 1000, of: .milliseconds(10))
    simulation.run(until: .seconds(8))
    let share = simulation.served(modest)
    #expect(share >= .milliseconds(3800) && share <= .milliseconds(4200), "\(share) of 8 seconds")
  }

  @Test func aParkedPieceIsNeverStarved() {
    // Short work alone would never let it run again: fairness is out of the way.
    var simulation = Simulation(
      Self.limits {
        $0.shortWorkLead = .seconds(1000)
        $0.fairnessWindow = .seconds(2000)
      })
    let long = (0..<2).map { _ in simulation.add(modest, passes: 1000, of: .milliseconds(50)) }
    for step in 0..<3000 { simulation.add(greedy, at: .milliseconds(500 + 10 * step), of: .milliseconds(25)) }
    simulation.run(until: .seconds(30))
    for id in long {
      let passes = [.zero] + simulation[id].passes
      let longest = zip(passes, passes.dropFirst()).map { $1 - $0 }.max() ?? .zero
      // Two seconds, the pass itself, and a few short ones before it.
      #expect(passes.last! >= .seconds(27) && longest <= .milliseconds(2300), "\(longest)")
    }
  }

  @Test func shortWorkNeverWaitsForARowOfThoseThatWereParkedForTooLong() throws {
    var simulation = Simulation(
      Self.limits {
        $0.computeSlots = 1
        $0.maximumParkedTime = .seconds(1)
      })
    // While each other has a pass, each is parked for too long.
    let long = (0..<3).map { simulation.add(greedy, at: .milliseconds(100 * $0), passes: 99, of: .milliseconds(600)) }
    simulation.run(until: .seconds(10))
    let passes = long.map { simulation[$0].passes.count }
    let short = (0..<30).map { simulation.add(modest, at: .milliseconds(10_300 + 700 * $0), of: .milliseconds(30)) }
    simulation.run(until: .seconds(31))
    for id in short { #expect(try #require(simulation[id].wait) <= .milliseconds(600)) }
    for (id, before) in zip(long, passes) { #expect(simulation[id].passes.count >= before + 9) }
  }

  @Test func longPiecesThatHaveBegunAreBounded() throws {
    var simulation = Simulation(Self.limits { $0.queueTimeout = .seconds(1000) })
    for _ in 0..<30 { simulation.add(greedy, passes: 1000, of: .milliseconds(40)) }
    let short = (0..<2).map { _ in simulation.add(modest, at: .seconds(3), of: .milliseconds(40)) }
    simulation.run(until: .seconds(30))
    #expect(simulation.schedule.waiting.count == 20, "two slots and eight more have begun")
    #expect(simulation.mostBegun == 12, "and the two short ones")
    for id in short { #expect(try #require(simulation[id].wait) <= .milliseconds(40)) }
  }

  /// Work that was thought short and is not.
  @Test func theBoundHoldsWhateverIsSaidOfTheWork() {
    var simulation = Simulation(Self.limits { $0.queueTimeout = .seconds(1000) })
    for step in 0..<40 {
      simulation.add(greedy, at: .milliseconds(300 * step), passes: 1000, of: .milliseconds(40), isLong: false)
    }
    simulation.run(until: .seconds(30))
    #expect(simulation.mostParked == 10)
    #expect(simulation.mostBegun == 12)
  }

  @Test func shortWorkIsNotParked() {
    var simulation = Simulation(Self.limits { $0.computeSlots = 1 })
    for _ in 0..<20 { simulation.add(modest, passes: 4, of: .milliseconds(10), isLong: false) }
    simulation.run(until: .seconds(2))
    #expect(simulation.changes == 0)
    #expect(simulation[19].end == .milliseconds(800))
  }

  // MARK: Refusals

  @Test func theNewestOfWhoHoldsMostIsRefused() {
    var simulation = Simulation(Self.limits { $0.maximumWaiting = 5 })
    for _ in 0..<7 { simulation.add(greedy, of: .seconds(1)) }
    simulation.run(until: .zero)
    #expect(simulation.refused.isEmpty && simulation.schedule.wouldRefuse(greedy))
    #expect(!simulation.schedule.wouldRefuse(modest))
    simulation.add(greedy, at: .milliseconds(1), of: .seconds(1))
    simulation.run(until: .milliseconds(1))
    #expect(simulation.refused == [7], "it holds most itself")
    for step in 2...4 { simulation.add(modest, at: .milliseconds(step), of: .seconds(1)) }
    simulation.run(until: .milliseconds(3))
    #expect(simulation.refused == [7, 6, 5])
    // Now one has three and the other two: they would only change places.
    #expect(simulation.schedule.wouldRefuse(modest) && simulation.schedule.wouldRefuse(greedy))
    #expect(!simulation.schedule.wouldRefuse(.local), "a third one has none")
    simulation.run(until: .milliseconds(4))
    #expect(simulation.refused == [7, 6, 5, 10])
    #expect(simulation.schedule.refused == [.full: 2, .unfair: 2])
    #expect(simulation.schedule.waiting.count == 5)
  }

  @Test func bytesThatWaitAreBounded() {
    var simulation = Simulation(Self.limits { $0.maximumWaitingBytes = 100 })
    for _ in 0..<5 { simulation.add(greedy, of: .seconds(1), byteCount: 30) }
    simulation.run(until: .zero)
    #expect(simulation.refused.isEmpty && simulation.schedule.waitingBytes == 90)
    let ids = [
      simulation.add(modest, at: .milliseconds(1), of: .seconds(1), byteCount: 10),
      simulation.add(modest, at: .milliseconds(2), of: .seconds(1), byteCount: 35),
      simulation.add(modest, at: .milliseconds(3), of: .seconds(1), byteCount: 35),
    ]
    simulation.run(until: .milliseconds(2))
    #expect(simulation.refused == [4, 3], "two of the other have to go for one that is larger")
    simulation.run(until: .milliseconds(3))
    #expect(simulation.refused == [4, 3, ids[2]], "it would have more than the other")
    #expect(simulation.schedule.waitingBytes == 75)
  }

  @Test func whoWaitsForTooLongIsRefused() {
    var simulation = Simulation(Self.limits())
    for _ in 0..<2 { simulation.add(greedy, of: .seconds(30)) }
    let early = simulation.add(modest, at: .seconds(1), of: .seconds(1))
    let late = simulation.add(modest, at: .seconds(15), of: .seconds(1))
    simulation.add(greedy, at: .milliseconds(20_999), of: .seconds(1))
    simulation.run(until: .milliseconds(20_999))
    #expect(simulation.refused.isEmpty)
    simulation.add(greedy, at: .seconds(21), of: .seconds(1))
    simulation.run(until: .seconds(21))
    #expect(simulation.refused == [early])
    simulation.run(until: .seconds(40))
    #expect(simulation[late].begin == .seconds(30))
    #expect(simulation.schedule.refused == [.deadline: 1])
  }

  @Test func whatLeavesIsGone() {
    var simulation = Simulation(Self.limits { $0.computeSlots = 1 })
    let long = (0..<2).map { _ in simulation.add(greedy, passes: 100, of: .milliseconds(50)) }
    let short = simulation.add(greedy, at: .milliseconds(210), of: .milliseconds(50), byteCount: 7)
    simulation.run(until: .milliseconds(220))
    #expect(simulation.schedule.parked.count == 1 && simulation.schedule.running.count == 1)
    #expect(simulation.schedule.waiting.map(\.id) == [short] && simulation.schedule.waitingBytes == 7)
    simulation.leave(short)
    #expect(simulation.schedule.waiting.isEmpty && simulation.schedule.waitingBytes == 0)
    simulation.leave(long[0])
    simulation.leave(long[0])
    #expect(simulation.schedule.parked.count + simulation.schedule.running.count == 1)
    simulation.leave(long[1])
    #expect(simulation.schedule.isIdle)
  }

  // MARK: Retry-After

  @Test func retryAfterFollowsTheQueueAndItsPace() {
    var simulation = Simulation(Self.limits())
    let start = ContinuousClock.now
    #expect(simulation.schedule.retryAfter(at: start, jitter: 0) == .seconds(1), "nothing is known")
    // Two at a time take 100 ms each: 20 in a second.
    for _ in 0..<250 { simulation.add(greedy, of: .milliseconds(100)) }
    simulation.run(until: .seconds(2))
    let (now, waiting) = (simulation.instant, simulation.schedule.waiting.count)
    #expect(waiting == 208)
    let time = simulation.schedule.retryAfter(at: now, jitter: 0)
    #expect(time > .seconds(4) && time < .seconds(7), "\(time): half of \(waiting) at 20 in a second")
    #expect(simulation.schedule.retryAfter(at: now, jitter: 1) == time * 1.5)
    for jitter in [0, 0.5, 1] {
      for wait in [0.0, 1, 20, 1000] {
        let time = simulation.schedule.retryAfter(at: now + .seconds(wait), jitter: jitter)
        #expect(time >= .seconds(1) && time <= .seconds(60))
      }
    }
    #expect(simulation.schedule.retryAfter(at: now + .seconds(1000), jitter: 1) == .seconds(60))
  }

  /// More than the queue holds, all the time: slots never stand idle, whether those who are
  /// refused come back soon or when they are told to.
  @Test(arguments: [true, false], [true, false])
  func underOverloadAllSlotsAreUsed(isPatient: Bool, isOneClient: Bool) {
    var simulation = Simulation(Self.limits())
    let random = RandomNumbers(seed: 1)
    var (open, returns) = (Set<Int>(), [Duration: Int]())
    func client(_ number: Int) -> Client { isOneClient ? greedy : Client(address: "client \(number)") }
    for number in 0..<600 { open.insert(simulation.add(client(number), of: .milliseconds(20))) }
    while simulation.now < .seconds(8) {
      simulation.run(until: simulation.now + .milliseconds(100))
      let refused = Set(simulation.refused)
      for id in open where refused.contains(id) || simulation[id].end != nil {
        open.remove(id)
        var time = simulation.now
        if simulation[id].end == nil {
          let wait = simulation.schedule.retryAfter(at: simulation.instant, jitter: random.uniform(id))
          time += isPatient ? .seconds(wait.secondsRoundedUp) : .milliseconds(500)
        }
        returns[time, default: 0] += 1
      }
      for time in returns.keys.sorted() where time <= simulation.now {
        for _ in 0..<returns.removeValue(forKey: time)! {
          open.insert(simulation.add(client(simulation.pieces.count % 600), at: simulation.now, of: .milliseconds(20)))
        }
      }
    }
    let done = simulation.pieces.values.count { $0.end != nil }
    #expect(done >= 780, "\(done) of 800")
  }
}
