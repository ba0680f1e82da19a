import Autodiff
import Serving

/// What all connections share: their limits, who is there, the budgets, and what was refused or cut.
final class Connections: Sendable {
  let limits: ConnectionLimits
  let registry: ConnectionRegistry
  let receiving: ReceivingBudget
  let answers: AnswerBudget
  let tallies = ConnectionTallies()
  /// Tells who asks.
  let access: Access
  /// Whether the service would turn away what this client sends, so that its body need not be received.
  let refusal: @Sendable (Client) -> (any Error)?

  init(
    _ limits: ConnectionLimits, access: Access = .everybody, descriptors: Int = DescriptorLimit.current,
    refusal: @escaping @Sendable (Client) -> (any Error)? = { _ in nil }
  ) {
    self.limits = limits
    self.access = access
    self.refusal = refusal
    registry = ConnectionRegistry(limit: limits.connections(withDescriptors: descriptors))
    receiving = ReceivingBudget(bodies: limits.receivingBodies, bytes: limits.receivingBytes)
    answers = AnswerBudget(bytes: limits.waitingBytes)
  }
}

/// Counts of what was refused and what was cut, by reason, and the bytes that wait to be written.
final class ConnectionTallies: Sendable {
  /// Why somebody was told to come again.
  enum Refusal: String, CaseIterable {
    case connections
    case receivingBodies = "receiving_bodies"
    case receivingBytes = "receiving_bytes"
    case service
    case answers
  }

  /// Why a connection was ended that had not asked for it.
  enum Cut: String, CaseIterable {
    case madeRoom = "made_room"
    case headTimeout = "head_timeout"
    case idle
    case slowBody = "slow_body"
    case slowReader = "slow_reader"
    case unwantedBody = "unwanted_body"
    case malformed
  }

  struct Counts {
    var refused: [Refusal: Int] = [:]
    var cut: [Cut: Int] = [:]
    /// Bytes of answers' bodies that the sockets have not taken.
    var waitingBytes = 0
    /// Times that accepting stopped for a while, since no file could be opened.
    var acceptPauses = 0
  }

  private let counts = Guarded(Counts())

  var current: Counts { counts.withLock { $0 } }

  func count(_ refusal: Refusal) { counts.withLock { $0.refused[refusal, default: 0] += 1 } }
  func count(_ cut: Cut) { counts.withLock { $0.cut[cut, default: 0] += 1 } }
  func countAcceptPause() { counts.withLock { $0.acceptPauses += 1 } }
  func addWaiting(_ bytes: Int) { counts.withLock { $0.waitingBytes += bytes } }
}
