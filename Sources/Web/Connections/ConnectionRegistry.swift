import Autodiff
import Serving

/// Who is connected, and who has to go when there is no room for one more: of the client with the most connections the
/// one that has been idle longest. So a client that fills the house pushes out its own connections.
final class ConnectionRegistry: Sendable {
  struct Load: Equatable {
    var open = 0
    var idle = 0
  }

  fileprivate struct Entry {
    let connection: Connection
    /// When it became idle; nil while it is busy.
    var idleSince: Int?
    /// It was asked to go and has not gone yet.
    var isLeaving = false
  }

  fileprivate struct Crowd {
    var count = 0
    /// Connections in the order in which they became idle; some are busy again or gone.
    var queue: ArraySlice<(connection: Int, since: Int)> = []
  }

  fileprivate struct State {
    var entries: [Int: Entry] = [:]
    var clients: [Client: Crowd] = [:]
    var load = Load()
    var leaving = 0
    var clock = 0
  }

  let limit: Int
  private let state = Guarded(State())

  init(limit: Int) { self.limit = limit }

  var load: Load { state.withLock { $0.load } }

  /// Takes up a connection, which waits for its first request.
  ///
  /// - Returns: false if there is no room, and nobody idle to make some.
  func open(_ connection: Connection) -> Bool {
    let (isOpen, victim) = state.withLock { state -> (Bool, Connection?) in
      var victim: Connection?
      if state.load.open - state.leaving >= limit {
        victim = state.longestIdle()
        guard victim != nil else { return (false, nil) }
      }
      state.entries[connection.id] = Entry(connection: connection)
      state.clients[connection.client, default: Crowd()].count += 1
      state.load.open += 1
      state.idle(connection.id)
      return (true, victim)
    }
    victim?.giveWay()
    return isOpen
  }

  /// Asks the connection that has been idle longest to go, so that its descriptor is free.
  func makeRoom() { state.withLock { $0.longestIdle() }?.giveWay() }

  func becameIdle(_ connection: Connection) { state.withLock { $0.idle(connection.id) } }

  /// Also what one says that was asked to give way and cannot, since a request came meanwhile.
  func becameBusy(_ connection: Connection) {
    state.withLock { state in
      state.endIdle(connection.id)
      if state.entries[connection.id]?.isLeaving == true {
        state.entries[connection.id]?.isLeaving = false
        state.leaving -= 1
      }
    }
  }

  func closed(_ connection: Connection) {
    state.withLock { state in
      state.endIdle(connection.id)
      guard let entry = state.entries.removeValue(forKey: connection.id) else { return }
      if entry.isLeaving { state.leaving -= 1 }
      state.load.open -= 1
      state.clients[connection.client]?.count -= 1
      if state.clients[connection.client]?.count == 0 { state.clients[connection.client] = nil }
    }
  }
}

extension ConnectionRegistry.State {
  fileprivate mutating func idle(_ id: Int) {
    guard let entry = entries[id], entry.idleSince == nil else { return }
    clock += 1
    load.idle += 1
    entries[id]?.idleSince = clock
    let client = entry.connection.client
    clients[client]?.queue.append((id, clock))
    // What is no longer true is taken out once it is the most.
    if let (count, queue) = clients[client].map({ ($0.count, $0.queue) }), queue.count > 2 * count + 16 {
      let idle = queue.filter { isIdle($0) }
      clients[client]?.queue = idle[...]
    }
  }

  fileprivate mutating func endIdle(_ id: Int) {
    guard entries[id]?.idleSince != nil else { return }
    entries[id]?.idleSince = nil
    load.idle -= 1
  }

  private func isIdle(_ place: (connection: Int, since: Int)) -> Bool {
    entries[place.connection]?.idleSince == place.since
  }

  /// The connection that is to go; it is busy from here on, so that nobody else is told the same of it.
  fileprivate mutating func longestIdle() -> Connection? {
    var most: (client: Client, count: Int, place: Int)?
    for (client, crowd) in clients where crowd.count > most?.count ?? 0 {
      guard let place = crowd.queue.firstIndex(where: { isIdle($0) }) else { continue }
      most = (client, crowd.count, place)
    }
    guard let most, let place = clients[most.client]?.queue[most.place] else { return nil }
    clients[most.client]?.queue.removeSubrange(...most.place)
    endIdle(place.connection)
    entries[place.connection]?.isLeaving = true
    leaving += 1
    return entries[place.connection]?.connection
  }
}
