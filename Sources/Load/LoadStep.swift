/// Requests of one kind, sent in turn.
package struct LoadKind: Sendable {
  package let name: String
  /// At least one.
  package let requests: [LoadRequest]

  package init(_ name: String, _ requests: [LoadRequest]) {
    precondition(!requests.isEmpty, "LoadKind \(name): there is no request")
    self.name = name
    self.requests = requests
  }
}

/// One load for one time.
package struct LoadStep: Sendable {
  package var arrivals: Arrivals
  /// Sent before what is measured.
  package var warmUp: Duration
  package var duration: Duration
  /// From when a request is meant to be sent until its answer is whole.
  package var timeout: Duration
  /// Connections of an open loop; requests for which there is none wait, and their time counts.
  package var maximumConnections: Int
  /// Whether a client of a closed loop that is told to come again waits as long as it is told.
  package var honoursRetryAfter: Bool
  package var seed: UInt64

  package init(
    _ arrivals: Arrivals, warmUp: Duration = .seconds(1), duration: Duration = .seconds(10),
    timeout: Duration = .seconds(30), maximumConnections: Int = 1024, honoursRetryAfter: Bool = false, seed: UInt64 = 0
  ) {
    self.arrivals = arrivals
    self.warmUp = warmUp
    self.duration = duration
    self.timeout = timeout
    self.maximumConnections = maximumConnections
    self.honoursRetryAfter = honoursRetryAfter
    self.seed = seed
  }

  /// The most connections that it has open.
  package var connections: Int {
    switch arrivals {
    case .closed(let clients): clients
    case .open: maximumConnections
    }
  }
}

/// What a step found.
package struct LoadResult: Sendable {
  package let step: LoadStep
  /// In the kinds' order.
  package let tallies: [LoadTally]
  /// Seconds that were measured: the step's, or fewer where it was broken off.
  package let seconds: Double
  package let connections: Int
  package let reconnections: Int
  /// Processor seconds of this process in the measured time and the warm-up, by second: 1 is a whole processor.
  package let clientProcessors: Double
  package let isBrokenOff: Bool

  package var total: LoadTally { tallies.reduce(LoadTally(), +) }
}
