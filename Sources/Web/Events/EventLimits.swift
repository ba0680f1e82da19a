/// What streams of events may cost, and how often they say something.
package struct EventLimits: Sendable {
  /// Streams that one client may have open at once.
  package var streamsPerClient = 16
  /// After what time without an event a comment is sent, so that nobody between takes the connection for dead.
  package var heartbeat: Duration = .seconds(10)
  /// The least time between two words about how far it is.
  package var progressInterval: Duration = .milliseconds(100)
  /// The least time between two maps that are not whole yet: each is drawn by the thread that computes.
  package var partialInterval: Duration = .seconds(1)

  package init() {}
}
