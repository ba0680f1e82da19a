import Autodiff
import Explain

/// Events of one answer on their way from the thread that computes to the client.
///
/// The thread never waits: of progress and of maps that are not whole the latest alone is kept, so that a client who
/// reads slowly misses some of them, but never the end.
final class EventMailbox: Sendable {
  struct Progress: Encodable, Equatable {
    let done: Int
    let total: Int
  }

  /// What is to be sent now.
  struct Mail {
    var progress: Progress?
    /// The JSON of maps that are not whole yet.
    var partial: [UInt8]?
    /// The JSON of the whole, or why there is none.
    var end: Result<[UInt8], any Error>?
    var isBeatDue = false
  }

  private struct State {
    var mail = Mail()
    var lastProgress: ContinuousClock.Instant?
    var lastPartial: ContinuousClock.Instant?
  }

  private let state = Guarded(State())
  private let limits: EventLimits
  /// A sign whenever there is mail; several signs may become one.
  let signs: AsyncStream<Void>
  private let sign: AsyncStream<Void>.Continuation

  init(_ limits: EventLimits) {
    self.limits = limits
    (signs, sign) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// What comes too soon after the last is sent with whatever comes next.
  func put(_ progress: Progress) {
    let isSent = state.withLock { state in
      state.mail.progress = progress
      let isDue = state.lastProgress.map { .now - $0 >= limits.progressInterval } ?? true
      if isDue { state.lastProgress = .now }
      return isDue
    }
    if isSent { sign.yield() }
  }

  func put(partial: [UInt8]) {
    change {
      $0.mail.partial = partial
      $0.lastPartial = .now
    }
  }

  func put(end: Result<[UInt8], any Error>) { change { $0.mail.end = end } }

  func beat() { change { $0.mail.isBeatDue = true } }

  /// Whether the client has taken the last map that was not whole, and some time ago.
  var isPartialDue: Bool {
    state.withLock { state in
      state.mail.partial == nil && state.lastPartial.map { .now - $0 >= limits.partialInterval } ?? true
    }
  }

  /// Why there will be no answer, where that is known and nothing has been sent.
  var failure: (any Error)? {
    state.withLock { state in
      if case .failure(let error) = state.mail.end { error } else { nil }
    }
  }

  func take() -> Mail {
    state.withLock { state in
      defer { state.mail = Mail() }
      return state.mail
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    sign.yield()
  }
}
