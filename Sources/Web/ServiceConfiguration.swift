import Autodiff
import Models
import Networks

/// Where the service listens and how much it takes on.
package struct ServiceConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port = 8080
  /// The folder with `index.html` and what it links to.
  package var staticFolder = "Static"
  /// The model of requests that name none. If the store lacks it, its first model is taken.
  package var defaultModel = CatalogEntry.defaultName

  /// The largest request body, in bytes.
  package var maximumBodyBytes = 32 << 20
  /// The largest image, in pixels.
  package var maximumPixels = 50_000_000
  /// How long a body may take to arrive, so that slow senders do not hold places for ever.
  package var bodyTimeout: Duration = .seconds(60)

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
  /// Passes through the network that one request may ask for by numbers: masks, samples, steps, points of curves.
  package var maximumPasses = 10_000
  /// Images that one request for predictions may bring.
  package var maximumInstances = 128

  package init() {}
}
