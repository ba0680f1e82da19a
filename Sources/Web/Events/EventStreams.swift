import Autodiff
import Serving

/// The streams of events that are open, by client.
final class EventStreams: Sendable {
  let limits: EventLimits
  private let open = Guarded<[Client: Int]>([:])

  init(_ limits: EventLimits) { self.limits = limits }

  /// Takes room for a stream, given back with the ticket.
  func enter(_ client: Client) throws(ServiceError) -> Ticket {
    let isFull = open.withLock { open in
      guard open[client, default: 0] < limits.streamsPerClient else { return true }
      open[client, default: 0] += 1
      return false
    }
    if isFull { throw .tooManyStreams }
    return Ticket(of: client, in: self)
  }

  final class Ticket: Sendable {
    private let client: Client
    private let streams: EventStreams

    fileprivate init(of client: Client, in streams: EventStreams) {
      self.client = client
      self.streams = streams
    }

    deinit {
      streams.open.withLock { open in
        open[client, default: 1] -= 1
        if open[client] == 0 { open[client] = nil }
      }
    }
  }
}
