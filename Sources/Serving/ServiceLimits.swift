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

  /// Requests that compute at the same time.
  package var computeSlots = Workers.onlineProcessors
  /// Requests that may wait for a slot; the next one is told to come again.
  package var waitingPlaces = 32

  /// How long one request may compute; a method that takes longer is stopped between two passes.
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
