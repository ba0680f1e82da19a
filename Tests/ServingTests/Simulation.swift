@testable import Serving

/// A service of which only the schedule is real: pieces are numbers of passes of a stated length, time is virtual.
struct Simulation {
  struct Piece {
    let client: Client
    let pass: Duration
    var passesLeft: Int
    let arrival: Duration
    var begin: Duration?
    var end: Duration?
    /// When each of its passes ended.
    var passes: [Duration] = []

    var wait: Duration? { begin.map { $0 - arrival } }
  }

  private(set) var schedule: Schedule
  private(set) var pieces: [Int: Piece] = [:]
  private(set) var now = Duration.zero
  private(set) var refused: [Int] = []
  private(set) var mostBegun = 0
  private(set) var mostParked = 0
  /// How often a slot went from a piece to another between two passes.
  private(set) var changes = 0
  private let origin = ContinuousClock.now
  private var passEnds: [Int: Duration] = [:]
  /// The next one last.
  private var arrivals: [(time: Duration, id: Int, byteCount: Int, isLong: Bool)] = []

  init(_ limits: ServiceLimits) { schedule = Schedule(limits) }

  /// A piece that comes at a time, not before `now`.
  ///
  /// - Parameter isLong: what the service thinks of it; nil for the truth, by its passes.
  @discardableResult mutating func add(
    _ client: Client, at time: Duration = .zero, passes: Int = 1, of pass: Duration, isLong: Bool? = nil,
    byteCount: Int = 0
  ) -> Int {
    let id = pieces.count
    pieces[id] = Piece(client: client, pass: pass, passesLeft: passes, arrival: time)
    arrivals.append((time, id, byteCount, isLong ?? (passes > 1)))
    return id
  }

  /// Lets time pass.
  mutating func run(until end: Duration) {
    arrivals.sort { ($0.time, $0.id) > ($1.time, $1.id) }
    while let time = nextEvent, time <= end {
      now = time
      arrive()
      endPasses()
      for id in schedule.refuseLate(at: instant) { refused.append(id) }
      giveSlots()
    }
    now = end
  }

  subscript(id: Int) -> Piece { pieces[id]! }

  /// How long a client's pieces have computed until now, in whole passes.
  func served(_ client: Client) -> Duration {
    pieces.values.filter { $0.client == client }.reduce(.zero) { $0 + $1.pass * $1.passes.count }
  }

  mutating func leave(_ id: Int) {
    schedule.leave(id, at: instant)
    passEnds[id] = nil
    giveSlots()
  }

  var instant: ContinuousClock.Instant { origin + now }

  private var nextEvent: Duration? { [passEnds.values.min(), arrivals.last?.time].compactMap(\.self).min() }

  private mutating func arrive() {
    while let arrival = arrivals.last, arrival.time <= now {
      arrivals.removeLast()
      let displaced = schedule.enter(
        arrival.id, of: self[arrival.id].client, byteCount: arrival.byteCount, isLong: arrival.isLong, at: instant)
      refused += displaced ?? [arrival.id]
    }
  }

  private mutating func endPasses() {
    for id in passEnds.filter({ $0.value <= now }).keys.sorted() {
      passEnds[id] = nil
      pieces[id]!.passes.append(now)
      pieces[id]!.passesLeft -= 1
      if self[id].passesLeft == 0 {
        pieces[id]!.end = now
        schedule.leave(id, at: instant)
      } else if schedule.givesWay(id, at: instant) {
        changes += 1
        giveSlots()
      } else {
        passEnds[id] = now + self[id].pass
      }
    }
  }

  private mutating func giveSlots() {
    while let grant = schedule.next(at: instant) {
      switch grant {
      case .begin(let id):
        pieces[id]!.begin = now
        passEnds[id] = now + self[id].pass
      case .resume(let id): passEnds[id] = now + self[id].pass
      }
    }
    mostBegun = max(mostBegun, schedule.running.count + schedule.parked.count)
    mostParked = max(mostParked, schedule.parked.count)
  }
}
