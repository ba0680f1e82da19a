import Autodiff
import Models
import Networks

/// How much the service takes on, and how long it keeps what it has.
package struct ServiceLimits: Sendable {
  /// The model of requests that name none. If the store lacks it, its first model is taken.
  package var defaultModel = CatalogEntry.defaultName

  /// The largest image, in pixels.
  package var maximumPixels = 50_000_000

  /// Bytes that kept analyses may take. The newest is kept even if it is larger.
  package var keptBytes = 256 << 20
  /// Bytes of maps of kept analyses that are remembered, beside the analyses.
  package var rememberedMapBytes = 32 << 20
  /// How long an analysis is kept after its last use.
  package var timeToLive: Duration = .seconds(900)

  /// Pieces of work that compute at the same time.
  package var computeSlots = Workers.onlineProcessors
  /// Pieces of work that may wait for a slot. Beyond them the newest of the client that has most is told to come again.
  package var maximumWaiting = 256
  /// Bytes of the bodies that may wait for a slot.
  package var maximumWaitingBytes = 128 << 20
  /// How long a piece of work may wait until it begins; then its client is told to come again.
  package var queueTimeout: Duration = .seconds(20)

  /// How long a piece of work computes before another of its kind has a turn, if both take many passes.
  package var turnTime: Duration = .milliseconds(75)
  /// How long a piece of work is parked between two of its passes; then it has one at the next occasion.
  package var maximumParkedTime: Duration = .seconds(2)
  /// Long pieces of work that may have begun, beyond `computeSlots`; what they have computed so far stays in memory.
  package var longPiecesBeyondSlots = 8
  /// From how many passes on a map is taken for long before it begins.
  package var longPasses = 16
  /// The same for predictions, by the bytes of their body.
  package var longPredictionBytes = 1 << 20

  /// How much more time a client may have had than another whose long work its short work still goes before.
  package var shortWorkLead: Duration = .seconds(1)
  /// The most by which one client's time is held against it, or for another: what lies further back is forgotten.
  package var fairnessWindow: Duration = .seconds(5)

  /// After what time a client that is refused may be told to come again.
  package static let retryAfter: ClosedRange<Duration> = .seconds(1) ... .seconds(60)

  /// How long one request may compute: the time of its turns, without what it waits or is parked. A method that takes
  /// longer is stopped between two passes.
  package var maximumComputeTime: Duration = .seconds(600)
  /// Passes through the network that one request may ask for.
  package var maximumPasses = 10_000
  /// Images that one request for predictions may bring.
  package var maximumInstances = 128

  /// Numbers of one `.npy` answer: 100 MB.
  package var maximumNPYValues = 25_000_000
  /// Numbers of one JSON answer.
  package var maximumJSONValues = 1_000_000
  /// Pixels of a picture's longer side.
  package var maximumSide = 8192
  /// Pixels of one picture: of a sheet, of all pictures that stand on it.
  package var maximumPicturePixels = 25_000_000

  package init() {}
}
