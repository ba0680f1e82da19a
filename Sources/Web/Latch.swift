import Autodiff

/// Something that happens once, for whoever waits for it.
final class Latch: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [Int: AsyncStream<Never>.Continuation] = [:]
    var next = 0
  }

  private let state = Guarded(State())

  var isOpen: Bool { state.withLock { $0.isOpen } }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      return state.waiting.values
    }
    for continuation in waiting { continuation.finish() }
  }

  /// Returns when it is open or the task is cancelled.
  func opened() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    let ticket = state.withLock { state -> Int? in
      guard !state.isOpen else { return nil }
      state.next += 1
      state.waiting[state.next] = continuation
      return state.next
    }
    guard let ticket else { return }
    for await _ in stream {}
    _ = state.withLock { $0.waiting.removeValue(forKey: ticket) }
  }

  /// Returns when it is open, after this time, or when the task is cancelled.
  func opened(within time: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.opened() }
      group.addTask { try? await Task.sleep(for: time) }
      await group.next()
      group.cancelAll()
    }
  }
}
