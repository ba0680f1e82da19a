import Autodiff
import Explain
import Images
import Models
import Networks
import Synchronization

/// What the controllers ask for: images become analyses, analyses become maps, pictures and numbers. All work runs in
/// the pool.
struct ExplanationService: Sendable {
  let models: any ModelProvider
  let defaultModel: String
  let imageLimits: ImageLimits
  let uploadLimits: Upload.Limits
  let engine: Engine
  let pool: ComputePool
  let store: ExpiringStore<Analysis>
  let maps: AttributionCache
  let limit: WorkLimit
  let maximumInstances: Int
  private let layers = LayerCache()

  /// Most numbers of one `.npy` answer: 100 MB.
  static let maximumNPYValues = 25_000_000
  /// Most pixels of one picture: of a sheet, of all that stand on it.
  static let maximumPicturePixels = 25_000_000
  /// Most numbers of one JSON answer.
  static let maximumJSONValues = 1_000_000

  init(
    _ configuration: ServiceConfiguration, models: any ModelProvider, engine: Engine,
    now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.models = models
    self.engine = engine
    defaultModel = configuration.defaultModel
    imageLimits = ImageLimits(maximumPixels: configuration.maximumPixels)
    uploadLimits = Upload.Limits(bytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
    pool = ComputePool(
      slots: configuration.computeSlots, waitingPlaces: configuration.waitingPlaces,
      workers: engine.workers)
    store = ExpiringStore(byteLimit: configuration.keptBytes, timeToLive: configuration.timeToLive, now: now)
    maps = AttributionCache(byteLimit: configuration.rememberedMapBytes)
    maximumInstances = configuration.maximumInstances
    limit = WorkLimit(maximumPasses: configuration.maximumPasses, maximumTime: configuration.maximumComputeTime)
  }
}

extension ExplanationService {
  /// Takes a place and runs work in the pool; if the client leaves meanwhile, the work is cancelled.
  func compute<Result: Sendable>(
    for context: GazeRequestContext, _ work: @escaping @Sendable (Cancellation) throws -> Result
  ) async throws -> Result {
    try await pool.withPlace {
      try await context.whileConnected { try await pool.run(work) }
    }
  }
}

// MARK: Models

extension ExplanationService {
  /// The model that is used where none is named; nil if there is none at all.
  func defaultModelName(among models: [ModelManifest]) -> String? {
    models.contains { $0.name == defaultModel } ? defaultModel : models.first?.name
  }

  /// The model of this name, the default one if nil; loaded if need be.
  func classifier(_ name: String?) async throws -> Classifier {
    try await pool.run { _ in try loadedClassifier(name) }
  }

  /// `classifier`, for work that already runs in the pool.
  func loadedClassifier(_ name: String?) throws -> Classifier {
    if let name { return try models.classifier(name) }
    do {
      return try models.classifier(defaultModel)
    } catch {
      guard case .unknownModel = error else { throw error }
      guard let first = models.list().first else { throw ServiceError.noModel }
      return try models.classifier(first.name)
    }
  }

  /// A model's layers with the shapes of what they give, computed once for each state of the model.
  func layers(of classifier: Classifier) async throws -> [(name: String, shape: Shape)] {
    if let known = layers[classifier.manifest] { return known }
    let shapes = try await pool.run { _ in classifier.layerShapes(on: engine) }
    layers[classifier.manifest] = shapes
    return shapes
  }
}

// MARK: Analyses

extension ExplanationService {
  /// Decodes an image and runs the network on it, once. Runs in the pool.
  ///
  /// - Parameter displaySide: the longer side of the copy for display, at most.
  func analyse(
    _ image: [UInt8], by classifier: Classifier, displaySide: Int = Analysis.displaySide, _ cancellation: Cancellation
  ) throws -> Analysis {
    let clock = ContinuousClock()
    let start = clock.now
    let decoded = try Analysis.decode(image, for: classifier, limits: imageLimits, displaySide: displaySide)
    try cancellation.check()
    return try Analysis(
      of: decoded, decodedIn: clock.now - start, by: classifier, on: engine, displaySide: displaySide)
  }

  func keep(_ analysis: Analysis) -> AnalysisID { store.insert(analysis, byteCount: analysis.byteCount) }

  func find(_ id: String) throws(ServiceError) -> KeptAnalysis {
    guard let id = AnalysisID(id) else { throw .unknownAnalysis() }
    return KeptAnalysis(id: id, analysis: try Self.require(store.find(id)))
  }

  func delete(_ id: String) throws(ServiceError) {
    guard let id = AnalysisID(id) else { throw .unknownAnalysis() }
    let lookup = store.delete(id)
    maps.keep { $0 != id }
    _ = try Self.require(lookup)
  }

  /// Drops what is no longer to be kept.
  func sweep() {
    store.sweep()
    maps.keep(only: store.holds)
  }

  private static func require(_ lookup: ExpiringStore<Analysis>.Lookup) throws(ServiceError) -> Analysis {
    switch lookup {
    case .kept(let analysis): return analysis
    case .dropped: throw .expiredAnalysis()
    case .unknown: throw .unknownAnalysis()
    }
  }
}

/// An analysis and the name that it is kept under.
struct KeptAnalysis: Sendable {
  let id: AnalysisID
  let analysis: Analysis
}

/// What is to be explained: a kept analysis, or one that goes with the request.
struct Subject: Sendable {
  let analysis: Analysis
  /// The name that it is kept under; its maps are remembered.
  var id: AnalysisID?
}

extension KeptAnalysis {
  var subject: Subject { Subject(analysis: analysis, id: id) }
}

/// The layers of models that were asked for them.
private final class LayerCache: Sendable {
  private let shapes = Mutex<[ModelManifest: [(name: String, shape: Shape)]]>([:])

  subscript(manifest: ModelManifest) -> [(name: String, shape: Shape)]? {
    get { shapes.withLock { $0[manifest] } }
    set { shapes.withLock { $0[manifest] = newValue } }
  }
}
