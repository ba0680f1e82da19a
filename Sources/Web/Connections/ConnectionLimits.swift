/// What connections may cost: how many, how long, how much. Why each is as it is: `docs/decisions/connections.md`.
package struct ConnectionLimits: Sendable {
  // MARK: Connections

  /// Connections at once. Fewer where the process may not open so many files.
  package var connections = 4096
  /// At the start the limit of open files is raised to the hard one, but not beyond this.
  package var descriptors = 65_536
  /// Open files that connections leave to everything else: models, logs, and what libdispatch reads of /proc.
  package var descriptorReserve = 128
  /// Connections over the limit that are told so at the same time; more are closed without a word.
  package var refusalsAtOnce = 16

  // MARK: Times

  /// For a request's head, from its first byte, or from the connection's beginning.
  package var headTimeout: Duration = .seconds(10)
  /// For the next request to begin.
  package var idleTimeout: Duration = .seconds(60)
  /// The least rate of a body, in bytes a second.
  package var bodyRate = 4 << 10
  /// How far a body may fall behind its least rate.
  package var bodyGrace: Duration = .seconds(5)
  /// The least rate at which an answer is taken, in bytes a second.
  package var answerRate = 4 << 10
  /// How far the reader of an answer may fall behind the least rate. Longer than it takes at that rate to empty a
  /// segment of the loopback interface (64 KiB), since a receiver announces room in such steps.
  package var answerGrace: Duration = .seconds(20)

  // MARK: Sizes of a head

  /// Bytes of a request's target.
  package var targetBytes = 8 << 10
  /// Bytes of all names and values of header fields.
  package var headerBytes = 32 << 10
  package var headerFields = 100
  /// Requests that one connection may send ahead of their answers; it is closed after the last of them.
  package var pipelinedRequests = 32

  // MARK: Bodies

  /// Bodies that are being received at once. One client may have half of them.
  package var receivingBodies = 256
  /// Bytes of bodies that have been received and are not whole yet. One client may have half of them.
  package var receivingBytes = 256 << 20
  /// Of a body that nobody wants, so much is read and thrown away before the connection is closed.
  package var discardedBytes = 1 << 20
  /// The same in time.
  package var discardTime: Duration = .seconds(2)

  // MARK: Answers

  /// Bytes of large answers that may wait to be written. One answer may be larger if no other waits.
  package var waitingBytes = 128 << 20
  /// Of a large answer at most this is handed to the socket ahead of the reader; an answer that is smaller is not
  /// counted in `waitingBytes`.
  package var chunkBytes = 256 << 10

  package init() {}
}
