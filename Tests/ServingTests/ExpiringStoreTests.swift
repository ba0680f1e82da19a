import TestSupport
import Testing

@testable import Serving

@Suite struct ExpiringStoreTests {
  private func isKept(_ lookup: ExpiringStore<Int>.Lookup, _ value: Int) -> Bool {
    if case .kept(value) = lookup { true } else { false }
  }

  private func isDropped(_ lookup: ExpiringStore<Int>.Lookup) -> Bool {
    if case .dropped = lookup { true } else { false }
  }

  private func isUnknown(_ lookup: ExpiringStore<Int>.Lookup) -> Bool {
    if case .unknown = lookup { true } else { false }
  }

  @Test func theLeastRecentlyUsedIsDroppedFirst() {
    let store = ExpiringStore<Int>(byteLimit: 30, timeToLive: .seconds(10))
    let ids = (0..<3).map { store.insert($0, byteCount: 10) }
    #expect(isKept(store.find(ids[0]), 0))
    let fourth = store.insert(3, byteCount: 10)
    #expect(isDropped(store.find(ids[1])))
    #expect(isKept(store.find(ids[0]), 0) && isKept(store.find(ids[2]), 2) && isKept(store.find(fourth), 3))
    let large = store.insert(4, byteCount: 25)
    #expect([ids[0], ids[2], fourth].allSatisfy { isDropped(store.find($0)) })
    #expect(isKept(store.find(large), 4))
    #expect(store.statistics.byteCount == 25)
    #expect(store.statistics.count == 1)
    #expect(store.statistics.dropped[.space] == 4)
  }

  @Test func entriesInTheMiddleCanGo() {
    let store = ExpiringStore<Int>(byteLimit: 100, timeToLive: .seconds(10))
    let ids = (0..<5).map { store.insert($0, byteCount: 10) }
    for id in [ids[2], ids[0], ids[4], ids[1], ids[3]] {
      #expect(!isUnknown(store.delete(id)))
      #expect(isDropped(store.delete(id)))
    }
    #expect(store.statistics.byteCount == 0)
    let id = store.insert(9, byteCount: 10)
    #expect(isKept(store.find(id), 9))
  }

  @Test func onlyTheUnusedExpire() {
    let clock = ManualClock()
    let store = ExpiringStore<Int>(byteLimit: 100, timeToLive: .seconds(10), now: { clock.now })
    let (used, unused) = (store.insert(1, byteCount: 1), store.insert(2, byteCount: 1))
    clock.advance(by: .seconds(6))
    #expect(isKept(store.find(used), 1))
    clock.advance(by: .seconds(4))
    store.sweep()
    #expect(store.statistics.count == 1)
    #expect(isDropped(store.find(unused)))
    #expect(isKept(store.find(used), 1))
    #expect(store.statistics.dropped[.expired] == 1)
  }

  @Test func onlySoManyDroppedAreRemembered() {
    let store = ExpiringStore<Int>(byteLimit: 0, timeToLive: .seconds(10))
    let first = store.insert(0, byteCount: 1)
    _ = store.insert(1, byteCount: 1)
    #expect(isDropped(store.find(first)))
    for value in 0..<10_000 { _ = store.insert(value, byteCount: 1) }
    #expect(isUnknown(store.find(first)))
  }

  @Test func whatAnotherStartKeptIsToldFromWhatNeverWas() throws {
    let name = try #require(ReplicaName("gaze-0"))
    let stores = [name, name, nil].map {
      ExpiringStore<Int>(byteLimit: 100, timeToLive: .seconds(10), start: ReplicaStart(of: $0))
    }
    let ids = stores.map { $0.insert(1, byteCount: 1) }
    for (store, id) in zip(stores, ids) {
      for other in ids {
        if other == id {
          #expect(isKept(store.find(other), 1))
        } else if case .elsewhere = store.find(other), case .elsewhere = store.delete(other) {
        } else {
          Issue.record("\(other) is not of \(store.start)")
        }
      }
      #expect(isUnknown(store.find(AnalysisID.random(in: store.start))))
    }
  }
}
