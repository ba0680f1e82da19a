import Autodiff
import NIOCore
import Serving

/// A request's body, as the one who serves the request asks for it.
///
/// Nothing is read from the socket before the first chunk is asked for; only then the body counts as being received,
/// and only then a client that waits for `100 Continue` is told to go on. So what is refused for any other reason first
/// is never received.
final class IncomingBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  private struct State {
    var chunks: [ByteBuffer] = []
    var waitingBytes = 0
    /// Set once no more is to come: nil is a body that is whole.
    var end: Result<Void, any Error>?
    var waiter: CheckedContinuation<ByteBuffer?, any Error>?
    var isCancelled = false
    var isWanted = false
    /// What is counted in the budget.
    var counted = ReceivingBudget.Load()
  }

  /// Reading stops for a while with so many bytes that nobody has taken.
  private static let waitingLimit = 256 << 10

  private let client: Client
  private let connections: Connections
  private let onDemand: @Sendable () -> Void
  private let state = Guarded(State())

  /// - Parameter onDemand: called when more is to be read.
  init(from client: Client, _ connections: Connections, onDemand: @escaping @Sendable () -> Void) {
    self.client = client
    self.connections = connections
    self.onDemand = onDemand
  }

  deinit { state.withLock { release(&$0) } }

  // MARK: For the one who reads

  struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let body: IncomingBody

    func next() async throws -> ByteBuffer? { try await body.next() }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

  private func next() async throws -> ByteBuffer? {
    try admit()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, isDemand) = state.withLock { state -> (Result<ByteBuffer?, any Error>?, Bool) in
          let result = take(&state)
          if result == nil { state.waiter = continuation }
          let isDemand = state.end == nil && !state.isWanted && state.waitingBytes < Self.waitingLimit
          if isDemand { state.isWanted = true }
          return (result, isDemand)
        }
        if isDemand { onDemand() }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.isCancelled = true
        return state.waiter.take()
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Counts the body as one that is being received, unless it is here already.
  private func admit() throws {
    let isNew = state.withLock { $0.counted.bodies == 0 && $0.end == nil }
    guard isNew else { return }
    if let refusal = connections.refusal(client) {
      connections.tallies.count(.service)
      throw refusal
    }
    guard connections.receiving.begin(for: client) else {
      connections.tallies.count(.receivingBodies)
      throw ServiceError.tooManyBodies
    }
    state.withLock { $0.counted.bodies = 1 }
  }

  private func take(_ state: inout State) -> Result<ByteBuffer?, any Error>? {
    if state.isCancelled { return .failure(CancellationError()) }
    if case .failure(let error)? = state.end { return .failure(error) }
    if !state.chunks.isEmpty {
      let chunk = state.chunks.removeFirst()
      state.waitingBytes -= chunk.readableBytes
      return .success(chunk)
    }
    guard state.end != nil else { return nil }
    release(&state)
    return .success(nil)
  }

  // MARK: For the connection

  /// - Returns: whether more is wanted at once.
  func receive(_ chunk: ByteBuffer) -> Bool {
    let (waiter, isWanted, isRefused) = state.withLock {
      state -> (CheckedContinuation<ByteBuffer?, any Error>?, Bool, Bool) in
      guard state.end == nil else { return (nil, false, false) }
      guard connections.receiving.add(chunk.readableBytes, for: client) else { return (nil, false, true) }
      state.counted.bytes += chunk.readableBytes
      if let waiter = state.waiter.take() { return (waiter, state.isWanted, false) }
      state.chunks.append(chunk)
      state.waitingBytes += chunk.readableBytes
      if state.waitingBytes >= Self.waitingLimit { state.isWanted = false }
      return (nil, state.isWanted, false)
    }
    waiter?.resume(returning: chunk)
    if isRefused {
      connections.tallies.count(.receivingBytes)
      fail(ServiceError.tooManyBodies)
    }
    return isWanted
  }

  /// The body is whole.
  func finish() {
    let waiter = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = .success(())
      guard let waiter = state.waiter.take() else { return nil }
      release(&state)
      return waiter
    }
    waiter?.resume(returning: nil)
  }

  /// The rest of the body will not come, or nobody wants it.
  func fail(_ error: any Error) {
    let waiter = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = .failure(error)
      state.chunks = []
      release(&state)
      return state.waiter.take()
    }
    waiter?.resume(throwing: error)
  }

  private func release(_ state: inout State) {
    connections.receiving.end(bodies: state.counted.bodies, bytes: state.counted.bytes, for: client)
    state.counted = ReceivingBudget.Load()
  }
}
