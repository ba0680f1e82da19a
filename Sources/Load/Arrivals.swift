import Autodiff
import Glibc

/// When requests are meant to be sent.
package enum Arrivals: Hashable, Sendable {
  /// So many clients, each of which sends its next request when it has its answer: a server that is slow is asked less.
  case closed(clients: Int)
  /// So many requests a second, whatever becomes of them, as from many users who do not know of each other.
  case open(rate: Double, spacing: Spacing)

  package enum Spacing: String, CaseIterable, Codable, Sendable {
    /// Independent of each other: the times between them are distributed exponentially (a Poisson process).
    case poisson
    /// At equal distances.
    case even
  }
}

/// The intended times of an open loop, in seconds from its start; the same for the same seed.
package struct ArrivalTimes: Sequence, IteratorProtocol, Sendable {
  private let rate: Double
  private let spacing: Arrivals.Spacing
  private var random: SplitMix64
  private var count = 0
  private var time = 0.0

  /// - Parameter rate: requests a second, above 0.
  package init(rate: Double, spacing: Arrivals.Spacing, seed: UInt64) {
    precondition(rate > 0, "ArrivalTimes: a rate of \(rate)")
    self.rate = rate
    self.spacing = spacing
    random = SplitMix64(seed: seed)
  }

  package mutating func next() -> Double? {
    defer { count += 1 }
    switch spacing {
    case .even: return Double(count) / rate
    case .poisson:
      // The inverse of the distribution function; 1 - u is never 0.
      time -= log(1 - Double.random(in: 0..<1, using: &random)) / rate
      return time
    }
  }
}
