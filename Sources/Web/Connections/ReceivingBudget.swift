import Autodiff
import Serving

/// How many bodies are being received, and how many bytes of bodies that are not whole yet are held. One client may
/// have half of each, always: a share that held only while others are there would have to be taken back from those who
/// have begun.
final class ReceivingBudget: Sendable {
  struct Load: Equatable {
    var bodies = 0
    var bytes = 0
  }

  private struct State {
    var all = Load()
    var clients: [Client: Load] = [:]
  }

  private let limit: Load
  private let share: Load
  private let state = Guarded(State())

  init(bodies: Int, bytes: Int) {
    limit = Load(bodies: bodies, bytes: bytes)
    share = Load(bodies: (bodies + 1) / 2, bytes: (bytes + 1) / 2)
  }

  var load: Load { state.withLock { $0.all } }

  /// Counts one more body, if there is room for it.
  func begin(for client: Client) -> Bool {
    state.withLock { state in
      guard state.all.bodies < limit.bodies, state.clients[client]?.bodies ?? 0 < share.bodies else { return false }
      state.all.bodies += 1
      state.clients[client, default: Load()].bodies += 1
      return true
    }
  }

  /// Counts bytes of a body, if there is room for them.
  func add(_ bytes: Int, for client: Client) -> Bool {
    state.withLock { state in
      guard state.all.bytes + bytes <= limit.bytes, (state.clients[client]?.bytes ?? 0) + bytes <= share.bytes else {
        return false
      }
      state.all.bytes += bytes
      state.clients[client, default: Load()].bytes += bytes
      return true
    }
  }

  /// Gives back what was counted.
  func end(bodies: Int, bytes: Int, for client: Client) {
    state.withLock { state in
      state.all.bodies -= bodies
      state.all.bytes -= bytes
      var load = state.clients[client, default: Load()]
      load.bodies -= bodies
      load.bytes -= bytes
      state.clients[client] = load == Load() ? nil : load
    }
  }
}
