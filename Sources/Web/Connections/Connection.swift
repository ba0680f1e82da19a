import Autodiff
import NIOCore
import Serving
import Synchronization

/// One connection, as those see it who serve its requests: who is at the other end and whether they are still there,
/// and how much of the answer has been written.
final class Connection: Sendable {
  private struct State {
    var isFinished = false
    var exchanges = 0
    var writtenBytes = 0
    /// When the socket had taken the whole of the answer that is being written.
    var writtenAt: ContinuousClock.Instant?
    /// Only the task that serves the connection waits so.
    var waiter: (isDone: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)?
  }

  private static let ids = Atomic(0)

  let id: Int
  let client: Client
  /// Of the other end; nil where it has none.
  let address: IPAddress?
  private let channel: any Channel
  /// The connection is closed.
  private let end = Latch()
  private let state = Guarded(State())

  init(_ channel: any Channel) {
    id = Self.ids.add(1, ordering: .relaxed).newValue
    let text = channel.remoteAddress?.ipAddress
    client = text.map { Client(address: $0) } ?? .local
    address = text.flatMap { IPAddress($0) }
    self.channel = channel
  }

  // MARK: The client

  var isClosed: Bool { end.isOpen }

  /// Returns when the connection is closed or the task is cancelled.
  func closed() async { await end.opened() }

  func close() {
    end.open()
    change { _ in }
  }

  /// Asks the connection to end if it is idle.
  func giveWay() { channel.pipeline.fireUserInboundEventTriggered(GiveWay()) }

  // MARK: The answer

  /// Bytes of answers' bodies that the socket has taken so far.
  var writtenBytes: Int { state.withLock { $0.writtenBytes } }

  /// Returns when the socket has taken so many bytes in all, or throws when it never will.
  func written(_ bytes: Int) async throws {
    await wait { $0.writtenBytes >= bytes }
    guard !isClosed else { throw ChannelError.ioOnClosedChannel }
  }

  func write(_ bytes: Int) { change { $0.writtenBytes += bytes } }

  /// When the socket had taken the last byte of the last answer; nil if it has not.
  var writtenAt: ContinuousClock.Instant? { state.withLock { $0.writtenAt } }

  /// The socket has taken the last byte of an answer, or, nil, another answer begins.
  func noteWritten(at time: ContinuousClock.Instant?) { state.withLock { $0.writtenAt = time } }

  /// Returns when so many requests have been answered, and all of their bytes are written or thrown away.
  ///
  /// - Returns: whether there may be another request.
  func hasFinished(exchanges: Int) async -> Bool {
    await wait { $0.exchanges >= exchanges }
    return state.withLock { !end.isOpen && !$0.isFinished }
  }

  /// - Parameter isLast: whether no other request is served.
  func finishExchange(isLast: Bool) {
    change { state in
      state.exchanges += 1
      if isLast { state.isFinished = true }
    }
  }

  private func wait(until isDone: @escaping @Sendable (State) -> Bool) async {
    await withCheckedContinuation { continuation in
      let isDoneNow = state.withLock { state in
        if end.isOpen || isDone(state) { return true }
        state.waiter = (isDone, continuation)
        return false
      }
      if isDoneNow { continuation.resume() }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      body(&state)
      guard let waiter = state.waiter, end.isOpen || waiter.isDone(state) else { return nil }
      state.waiter = nil
      return waiter.continuation
    }
    waiter?.resume()
  }
}

/// The event that asks a connection to end if it is idle.
struct GiveWay: Sendable {}

/// The client left before its request was whole, or before its answer was.
struct ClientLeft: Error {}

/// Where the request that a task serves came from.
final class RequestOrigin: Sendable {
  @TaskLocal static var current: RequestOrigin?

  let connection: Connection
  let asker: Asker
  /// What is wrong with the request before anybody reads it.
  let fault: ServiceError?
  /// Bytes that the connection had carried before.
  private let earlierBytes: Int
  private let observer = Guarded<(@Sendable (AnswerEnd) -> Void)?>(nil)

  init(connection: Connection, asker: Asker, fault: ServiceError?) {
    self.connection = connection
    self.asker = asker
    self.fault = fault
    earlierBytes = connection.writtenBytes
    connection.noteWritten(at: nil)
  }

  /// Has `observe` told when the answer is written, or never will be.
  func whenOver(_ observe: @escaping @Sendable (AnswerEnd) -> Void) { observer.withLock { $0 = observe } }

  /// The connection has done with the request.
  func isOver() {
    let observe = observer.withLock { observer in
      defer { observer = nil }
      return observer
    }
    observe?(AnswerEnd(writtenAt: connection.writtenAt, bytes: connection.writtenBytes - earlierBytes))
  }
}

/// What became of an answer.
struct AnswerEnd: Sendable {
  /// When the socket had taken its last byte; nil if the client left before.
  let writtenAt: ContinuousClock.Instant?
  /// Of its body, without what frames it.
  let bytes: Int
}
