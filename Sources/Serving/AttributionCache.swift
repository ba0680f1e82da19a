import Autodiff
import Explain

/// The maps that kept analyses were last asked for, so that picture, numbers and receipt of one map compute it once.
/// The least recently used gives way first.
final class AttributionCache: Sendable {
  struct Key: Hashable {
    let id: AnalysisID
    let map: MapAsk
  }

  fileprivate struct State {
    var entries: [Key: (attribution: Attribution, use: Int)] = [:]
    var byteCount = 0
    var uses = 0
  }

  private let byteLimit: Int
  private let state = Guarded(State())

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  subscript(key: Key) -> Attribution? {
    state.withLock { state in
      guard let entry = state.entries[key] else { return nil }
      state.uses += 1
      state.entries[key]?.use = state.uses
      return entry.attribution
    }
  }

  func insert(_ attribution: Attribution, for key: Key) {
    state.withLock { state in
      state.uses += 1
      state.remove(key)
      state.entries[key] = (attribution, state.uses)
      state.byteCount += attribution.byteCount
      while state.byteCount > byteLimit, let oldest = state.entries.min(by: { $0.value.use < $1.value.use })?.key {
        state.remove(oldest)
      }
    }
  }

  /// Forgets the maps of analyses that are no longer kept.
  func keep(only isKept: (AnalysisID) -> Bool) {
    state.withLock { state in
      for key in state.entries.keys where !isKept(key.id) { state.remove(key) }
    }
  }
}

extension AttributionCache.State {
  fileprivate mutating func remove(_ key: AttributionCache.Key) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    byteCount -= entry.attribution.byteCount
  }
}

extension Attribution {
  /// What the map takes, and about as much as what stands beside it does.
  fileprivate var byteCount: Int { map.values.count * MemoryLayout<Float>.stride + 4096 }
}
