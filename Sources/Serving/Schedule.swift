/// Why a piece of work is refused.
package enum Refusal: String, CaseIterable, Sendable {
  /// There was no room when it came.
  case full
  /// It gave its room to a client with fewer pieces.
  case unfair
  /// Its turn did not come in time.
  case deadline
}

/// Who computes next: the rules alone, without threads, and with the time as an argument.
///
/// A piece of work waits until it has a slot, runs, and may be parked between two of its passes while others go first.
/// Each client has an account of the time for which its pieces held slots; who has had the least goes first. A long
/// piece, known to be so or seen to have run for `turnTime`, stands behind the short ones as if its client had had
/// `shortWorkLead` more. Long pieces beside each other take turns of `turnTime`. Why so: docs/decisions/scheduling.md.
struct Schedule {
  typealias Instant = ContinuousClock.Instant

  struct Piece: Identifiable {
    let id: Int
    let client: Client
    /// Bytes that it holds while it waits.
    let byteCount: Int
    /// Whether it goes on with an answer that has begun: such a piece is short, and refusing it would break the answer.
    let isContinuation: Bool
    /// Known to take many passes, or seen to.
    fileprivate(set) var isLong: Bool
    /// Since when it waits, runs or is parked.
    fileprivate(set) var since: Instant
    /// How long it has held a slot.
    fileprivate(set) var attained = Duration.zero
    /// Up to when that is counted.
    fileprivate var counted: Instant
  }

  /// A slot that is given away.
  enum Grant: Equatable {
    case begin(Int)
    case resume(Int)
  }

  private struct Account {
    /// Time for which the client's pieces held slots, from a common beginning.
    var served: Duration
    var pieces = 0
    var waiting = Load()
  }

  /// Pieces that wait.
  private struct Load {
    var count = 0
    var bytes = 0

    static func += (one: inout Load, other: Load) {
      one = Load(count: one.count + other.count, bytes: one.bytes + other.bytes)
    }

    static func - (one: Load, other: Load) -> Load {
      Load(count: one.count - other.count, bytes: one.bytes - other.bytes)
    }
  }

  let limits: ServiceLimits
  /// In the order of their coming.
  private(set) var waiting: [Piece] = []
  private(set) var running: [Piece] = []
  private(set) var parked: [Piece] = []
  private(set) var waitingBytes = 0
  private(set) var refused: [Refusal: Int] = [:]
  /// How many pieces have begun, and how long they had waited.
  private(set) var begun = (count: 0, queueTime: Duration.zero)

  /// Of the clients that have pieces here.
  private var accounts: [Client: Account] = [:]
  /// What others had been served when they left, where that is more than `floor`.
  private var debts: [Client: Duration] = [:]
  /// What every client is held to have been served at least: nobody saves up, and nobody pays for long.
  private var floor = Duration.zero
  /// Whether the last slot went to a short piece.
  private var shortWentLast = false
  private var pace = Pace()

  init(_ limits: ServiceLimits) { self.limits = limits }

  var isIdle: Bool { waiting.isEmpty && running.isEmpty && parked.isEmpty }

  /// Long pieces that may have begun. All of them may be parked, and as many short ones as there are slots may run.
  private var maximumLong: Int { limits.computeSlots + limits.longPiecesBeyondSlots }

  private var mayBeginLong: Bool { parked.count + running.count(where: \.isLong) < maximumLong }
}

// MARK: Coming and going

extension Schedule {
  /// Puts a piece into the queue.
  ///
  /// - Returns: the waiting pieces that are refused in its stead; nil where it is refused itself.
  mutating func enter(
    _ id: Int, of client: Client, byteCount: Int, isLong: Bool, isContinuation: Bool = false, at now: Instant
  ) -> [Int]? {
    count(until: now)
    guard let displaced = isContinuation ? [] : displaced(by: client, byteCount: byteCount) else {
      refused[.full, default: 0] += 1
      return nil
    }
    for id in displaced {
      leave(id, at: now)
      refused[.unfair, default: 0] += 1
    }
    var account = accounts[client] ?? Account(served: max(debts.removeValue(forKey: client) ?? .zero, floor))
    account.pieces += 1
    account.waiting += Load(count: 1, bytes: byteCount)
    accounts[client] = account
    if waiting.isEmpty { pace.begin(at: now) }
    waiting.append(
      Piece(
        id: id, client: client, byteCount: byteCount, isContinuation: isContinuation, isLong: isLong, since: now,
        counted: now))
    waitingBytes += byteCount
    return displaced
  }

  /// Whether a piece of this client would be refused now, whatever its size.
  func wouldRefuse(_ client: Client) -> Bool { displaced(by: client, byteCount: 0) == nil }

  /// Counts a piece that was refused before it came.
  mutating func countRefusal(_ reason: Refusal) { refused[reason, default: 0] += 1 }

  /// A piece is done, or nobody wants it any more. One that is not here any more is passed over.
  mutating func leave(_ id: Int, at now: Instant) {
    count(until: now)
    let piece: Piece
    if let place = running.firstIndex(where: { $0.id == id }) {
      piece = running.remove(at: place)
      pace.complete(at: now, somebodyWaits: !waiting.isEmpty)
    } else if let place = waiting.firstIndex(where: { $0.id == id }) {
      piece = removeWaiting(at: place)
    } else if let place = parked.firstIndex(where: { $0.id == id }) {
      piece = parked.remove(at: place)
    } else {
      return
    }
    close(piece)
  }

  /// Refuses the pieces that have waited for too long.
  mutating func refuseLate(at now: Instant) -> [Int] {
    let late = waiting.filter { !$0.isContinuation }.prefix { now - $0.since >= limits.queueTimeout }.map(\.id)
    for id in late {
      leave(id, at: now)
      refused[.deadline, default: 0] += 1
    }
    return late
  }

  /// When the next waiting piece will have waited for too long.
  var nextDeadline: Instant? { waiting.first { !$0.isContinuation }.map { $0.since + limits.queueTimeout } }

  /// How long a running piece has held a slot up to `now`; nil for others.
  func attained(_ id: Int, at now: Instant) -> Duration? {
    running.first { $0.id == id }.map { $0.attained + (now - $0.counted) }
  }

  /// When to come again: about when half of those who wait will be through, so that slots do not stand idle until then.
  ///
  /// - Parameter jitter: from 0 to 1; up to half as long again, so that those who are refused together do not come back
  ///   together.
  func retryAfter(at now: Instant, jitter: Double) -> Duration {
    let range = ServiceLimits.retryAfter
    let half = pace.interval(at: now) * (waiting.count + 1) / 2
    return min(max(half, range.lowerBound), range.upperBound / 1.5) * (1 + jitter / 2)
  }

  /// The pieces that would have to go; nil if the newcomer would.
  private func displaced(by client: Client, byteCount: Int) -> [Int]? {
    guard running.count >= limits.computeSlots else { return [] }
    let newcomer = Load(count: 1, bytes: byteCount)
    var (all, own) = (Load(count: waiting.count, bytes: waitingBytes), accounts[client]?.waiting ?? Load())
    all += newcomer
    own += newcomer
    var left = waiting[...]
    var taken: [Client: Load] = [:]
    var victims: [Int] = []
    while all.count > limits.maximumWaiting || all.bytes > limits.maximumWaitingBytes {
      let size: (Load) -> Int = all.count > limits.maximumWaiting ? { $0.count } : { $0.bytes }
      let sizes = accounts.lazy.map { (client: $0.key, size: size($0.value.waiting - (taken[$0.key] ?? Load()))) }
      // The newcomer counts: two clients of which one has one piece more would else change places for ever.
      guard let (greediest, most) = sizes.max(by: { $0.size < $1.size }), greediest != client, most > size(own),
        let place = left.lastIndex(where: { $0.client == greediest && !$0.isContinuation })
      else { return nil }
      let victim = left.remove(at: place)
      victims.append(victim.id)
      taken[greediest, default: Load()] += Load(count: 1, bytes: victim.byteCount)
      all = all - Load(count: 1, bytes: victim.byteCount)
    }
    return victims
  }

  private mutating func removeWaiting(at place: Int) -> Piece {
    let piece = waiting.remove(at: place)
    waitingBytes -= piece.byteCount
    if let load = accounts[piece.client]?.waiting {
      accounts[piece.client]?.waiting = load - Load(count: 1, bytes: piece.byteCount)
    }
    return piece
  }
}

// MARK: Giving slots away

extension Schedule {
  /// Gives the next free slot away; nil if there is none, or nobody to take it.
  mutating func next(at now: Instant) -> Grant? {
    guard running.count < limits.computeSlots else { return nil }
    count(until: now)
    guard var candidate = candidate(includingWaiting: parked.count <= maximumLong) else { return nil }
    if let late = late(at: now), shortWentLast || !candidate.isShort { candidate = late }
    shortWentLast = candidate.isShort
    var piece: Piece
    let grant: Grant
    if candidate.isParked {
      piece = parked.remove(at: candidate.place)
      grant = .resume(piece.id)
    } else {
      piece = removeWaiting(at: candidate.place)
      begun = (begun.count + 1, begun.queueTime + (now - piece.since))
      grant = .begin(piece.id)
    }
    (piece.since, piece.counted) = (now, now)
    running.append(piece)
    return grant
  }

  /// Whether a running piece, between two passes, is parked so that another may go first, which a short one never is.
  /// The slot is then to be given away.
  mutating func givesWay(_ id: Int, at now: Instant) -> Bool {
    count(until: now)
    guard let place = running.firstIndex(where: { $0.id == id }) else { return false }
    if running[place].attained >= limits.turnTime { running[place].isLong = true }
    let (piece, turn) = (running[place], now - running[place].since)
    guard piece.isLong else { return false }
    let own = Rank(key: served(piece.client) + limits.shortWorkLead, attained: piece.attained)
    // Where no more may be parked, it may still change places with one that is.
    guard let other = candidate(includingWaiting: parked.count < maximumLong) else { return false }
    let isFirst =
      if other.isShort {
        other.rank.key < own.key
      } else if turn < limits.turnTime {
        false
      } else if other.client == piece.client {
        other.rank.attained < own.attained
      } else {
        other.rank.key < own.key
      }
    guard isFirst || late(at: now) != nil else { return false }
    parked.append(running.remove(at: place))
    parked[parked.count - 1].since = now
    return true
  }

  /// Whoever has the least key goes first, and of equals whoever has had the least time.
  private struct Rank: Comparable {
    let key: Duration
    let attained: Duration

    static func < (one: Rank, other: Rank) -> Bool { (one.key, one.attained) < (other.key, other.attained) }
  }

  private struct Candidate {
    let place: Int
    let client: Client
    let rank: Rank
    let isParked: Bool
    let isShort: Bool
  }

  /// Who goes first, nobody being late.
  private func candidate(includingWaiting: Bool) -> Candidate? {
    let mayBeginLong = mayBeginLong
    var best: Candidate?
    func consider(_ candidate: Candidate) {
      if best.map({ candidate.rank < $0.rank }) ?? true { best = candidate }
    }
    if includingWaiting {
      for (place, piece) in waiting.enumerated() where !piece.isLong || mayBeginLong {
        let key = served(piece.client) + (piece.isLong ? limits.shortWorkLead : .zero)
        consider(
          Candidate(
            place: place, client: piece.client, rank: Rank(key: key, attained: .zero), isParked: false,
            isShort: !piece.isLong))
      }
    }
    for place in parked.indices { consider(parkedCandidate(place)) }
    return best
  }

  /// The piece that has been parked for longest, if that is too long. It goes before all others, but after each such
  /// piece a short one that would go else: short work never waits for a row of them.
  private func late(at now: Instant) -> Candidate? {
    guard let place = parked.indices.min(by: { parked[$0].since < parked[$1].since }),
      now - parked[place].since >= limits.maximumParkedTime
    else { return nil }
    return parkedCandidate(place)
  }

  private func parkedCandidate(_ place: Int) -> Candidate {
    let piece = parked[place]
    return Candidate(
      place: place, client: piece.client,
      rank: Rank(key: served(piece.client) + limits.shortWorkLead, attained: piece.attained), isParked: true,
      isShort: false)
  }
}

// MARK: Accounts

extension Schedule {
  private func served(_ client: Client) -> Duration { max(accounts[client]?.served ?? .zero, floor) }

  /// Brings the accounts up to now.
  private mutating func count(until now: Instant) {
    for place in running.indices {
      let time = now - running[place].counted
      running[place].counted = now
      running[place].attained += time
      let client = running[place].client
      let before = served(client)
      accounts[client]?.served = before + time
    }
    let all = accounts.values.lazy.map(\.served)
    guard let least = all.min(), let most = all.max() else { return }
    floor = max(floor, least, most - limits.fairnessWindow)
  }

  /// Takes a piece off its client's account.
  private mutating func close(_ piece: Piece) {
    guard var account = accounts[piece.client] else { return }
    account.pieces -= 1
    guard account.pieces == 0 else {
      accounts[piece.client] = account
      return
    }
    accounts[piece.client] = nil
    if accounts.isEmpty {
      // Nobody is here whom it could be unfair to.
      floor = max(floor, account.served)
      debts = [:]
    } else if account.served > floor {
      debts[piece.client] = account.served
      if debts.count > Self.maximumDebts { debts = debts.filter { [floor] in $0.value > floor } }
      if debts.count > Self.maximumDebts { debts = [:] }
    }
  }

  /// Clients that are remembered after they have left; beyond them all are forgiven.
  private static let maximumDebts = 1024
}

/// How fast pieces are completed while others wait.
private struct Pace {
  /// Between two completions, a moving average; nil before the first.
  private var average: Duration?
  /// The last completion, or when the queue began; nil while nobody waits.
  private var last: ContinuousClock.Instant?

  mutating func begin(at now: ContinuousClock.Instant) { last = now }

  mutating func complete(at now: ContinuousClock.Instant, somebodyWaits: Bool) {
    if let last {
      let interval = now - last
      average = average.map { $0 + (interval - $0) / 16 } ?? interval
    }
    last = somebodyWaits ? now : nil
  }

  /// The time between two completions, at least what has passed since the last.
  func interval(at now: ContinuousClock.Instant) -> Duration {
    max(average ?? .zero, last.map { now - $0 } ?? .zero)
  }
}
