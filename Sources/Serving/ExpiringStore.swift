import Autodiff

/// Keeps values for a while after their last use, within a budget of bytes: the least recently used gives way first.
///
/// What was dropped is remembered by its id (the last 10,000), so that "no longer" can be told from "never". The newest
/// value is always kept, even if it is larger than the budget by itself: an id that was handed out must work.
final class ExpiringStore<Value: Sendable>: Sendable {
  enum Lookup {
    case kept(Value)
    case dropped
    /// It was kept, if ever, by another start of the service, and not here.
    case elsewhere
    case unknown
  }

  struct Statistics {
    var count = 0
    var byteCount = 0
    var dropped: [DropReason: Int] = [:]
  }

  /// Every use renews an entry's time and makes it the newest, so the list is in the order of age and of expiry at
  /// once.
  fileprivate struct Entry {
    let value: Value
    let byteCount: Int
    var expiry: ContinuousClock.Instant
    var older: AnalysisID?
    var newer: AnalysisID?
  }

  fileprivate struct State {
    var entries: [AnalysisID: Entry] = [:]
    var oldest: AnalysisID?
    var newest: AnalysisID?
    var tombstones = RecentIDs(capacity: 10_000)
    var statistics = Statistics()
  }

  let byteLimit: Int
  let timeToLive: Duration
  /// Whose values these are.
  let start: ReplicaStart
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state = Guarded(State())

  /// - Parameter now: the time; tests bring their own.
  init(
    byteLimit: Int, timeToLive: Duration, start: ReplicaStart = ReplicaStart(of: nil),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.byteLimit = byteLimit
    self.timeToLive = timeToLive
    self.start = start
    self.now = now
  }

  func insert(_ value: Value, byteCount: Int) -> AnalysisID {
    let id = AnalysisID.random(in: start)
    let entry = Entry(value: value, byteCount: byteCount, expiry: now() + timeToLive)
    let dropped = state.withLock { state in
      state.append(id, entry)
      return state.dropExpired(at: now()) + state.dropOldest(toFit: byteLimit)
    }
    // Values are let go of outside the lock: freeing one takes longer than looking one up.
    withExtendedLifetime(dropped) {}
    return id
  }

  /// The value of this id; looking it up renews its time.
  func find(_ id: AnalysisID) -> Lookup {
    let (lookup, dropped) = state.withLock { state -> (Lookup, [Value]) in
      let dropped = state.dropExpired(at: now())
      guard var entry = state.unlink(id) else {
        return (missing(id, in: state), dropped)
      }
      entry.expiry = now() + timeToLive
      state.append(id, entry)
      return (.kept(entry.value), dropped)
    }
    withExtendedLifetime(dropped) {}
    return lookup
  }

  /// Whether a value is kept; its time is not renewed.
  func holds(_ id: AnalysisID) -> Bool { state.withLock { $0.entries[id] != nil } }

  /// Forgets a value at once. What it answers is what there was.
  func delete(_ id: AnalysisID) -> Lookup {
    state.withLock { state -> Lookup in
      if let value = state.drop(id, because: .deleted) { return .kept(value) }
      return missing(id, in: state)
    }
  }

  /// What became of an id that is not kept.
  private func missing(_ id: AnalysisID, in state: State) -> Lookup {
    guard id.start == start else { return .elsewhere }
    return state.tombstones.contains(id) ? .dropped : .unknown
  }

  /// Drops what has not been used for too long, so that it does not wait for the next request.
  func sweep() {
    let dropped = state.withLock { $0.dropExpired(at: now()) }
    withExtendedLifetime(dropped) {}
  }

  var statistics: Statistics {
    state.withLock { state in
      var statistics = state.statistics
      statistics.count = state.entries.count
      return statistics
    }
  }
}

extension ExpiringStore.State {
  mutating func append(_ id: AnalysisID, _ entry: ExpiringStore.Entry) {
    var entry = entry
    (entry.older, entry.newer) = (newest, nil)
    if let newest { entries[newest]?.newer = id } else { oldest = id }
    newest = id
    entries[id] = entry
    statistics.byteCount += entry.byteCount
  }

  /// Takes an entry out of the list.
  mutating func unlink(_ id: AnalysisID) -> ExpiringStore.Entry? {
    guard let entry = entries.removeValue(forKey: id) else { return nil }
    if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
    statistics.byteCount -= entry.byteCount
    return entry
  }

  mutating func drop(_ id: AnalysisID, because reason: DropReason) -> Value? {
    guard let entry = unlink(id) else { return nil }
    tombstones.insert(id)
    statistics.dropped[reason, default: 0] += 1
    return entry.value
  }

  mutating func dropExpired(at now: ContinuousClock.Instant) -> [Value] {
    var dropped: [Value] = []
    while let oldest, let entry = entries[oldest], entry.expiry <= now {
      if let value = drop(oldest, because: .expired) { dropped.append(value) }
    }
    return dropped
  }

  mutating func dropOldest(toFit byteLimit: Int) -> [Value] {
    var dropped: [Value] = []
    while statistics.byteCount > byteLimit, let oldest, oldest != newest {
      if let value = drop(oldest, because: .space) { dropped.append(value) }
    }
    return dropped
  }
}

/// Why a kept value was dropped.
enum DropReason: String, CaseIterable {
  case expired
  case space
  case deleted
}

/// The last ids that were put in, up to a number of them.
private struct RecentIDs {
  private let capacity: Int
  private var ring: [AnalysisID] = []
  private var known: Set<AnalysisID> = []
  private var next = 0

  init(capacity: Int) { self.capacity = capacity }

  func contains(_ id: AnalysisID) -> Bool { known.contains(id) }

  mutating func insert(_ id: AnalysisID) {
    known.insert(id)
    if ring.count < capacity {
      ring.append(id)
    } else {
      known.remove(ring[next])
      ring[next] = id
      next = (next + 1) % capacity
    }
  }
}
