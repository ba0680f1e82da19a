import Autodiff
import Explain
import Images
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
  private let layers = LayerCache()

  /// Most numbers of one `.npy` answer: 100 MB.
  static let maximumNPYValues = 25_000_000
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
  }
}

extension ExplanationService {
  /// Takes a place and runs work in the pool.
  func compute<Result: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws -> Result
  ) async throws -> Result {
    try await pool.withPlace { try await pool.run(work) }
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
    _ = try Self.require(store.delete(id))
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

// MARK: Explanations

/// All of these run in the pool (`ComputePool.run`).
extension ExplanationService {
  /// The map that is asked for.
  func explain(_ analysis: Analysis, _ wanted: MapRequest) throws -> Attribution {
    try Self.attribution(analysis, wanted)
  }

  /// The map as a picture, and how to read it.
  func picture(
    _ analysis: Analysis, _ wanted: MapRequest, as request: PictureRequest, _ cancellation: Cancellation
  ) throws -> Picture {
    let attribution = try Self.attribution(analysis, wanted)
    try cancellation.check()
    return Picture(
      png: Self.png(of: attribution, over: analysis, as: request),
      classIndex: attribution.prediction.label.index,
      status: attribution.status)
  }

  /// The upright image, small.
  func image(_ analysis: Analysis) -> [UInt8] { encodeJPEG(analysis.display) }

  /// The raw numbers as a NumPy file.
  func npy(_ analysis: Analysis, _ wanted: MapRequest, at resolution: MapResolution) throws -> RawMap {
    let attribution = try Self.attribution(analysis, wanted)
    let count = attribution.valueCount(at: resolution)
    guard count <= Self.maximumNPYValues else {
      throw ServiceError.tooManyValues(
        count, limit: Self.maximumNPYValues,
        remedy: "Take resolution=input and lay it over the crop that the analysis names.")
    }
    return RawMap(
      bytes: NPY.encode(attribution.map(at: resolution)), classIndex: attribution.prediction.label.index,
      status: attribution.status)
  }

  /// The raw numbers with their context, as JSON.
  ///
  /// - Parameters:
  ///   - top: how many predictions stand beside them, if any.
  ///   - picture: how the picture that stands beside them shows the map, if any.
  func saliency(
    _ analysis: Analysis, _ wanted: MapRequest, at resolution: MapResolution, top: Int? = nil,
    picture: PictureRequest? = nil
  ) throws -> RawMap {
    let attribution = try Self.attribution(analysis, wanted)
    let count = attribution.valueCount(at: resolution)
    guard count <= Self.maximumJSONValues else {
      throw ServiceError.tooManyValues(
        count, limit: Self.maximumJSONValues, remedy: "Take the .npy file, or resolution=input.")
    }
    let answer = SaliencyAnswer(
      attribution, of: analysis.classifier.name, at: resolution, predictions: top.map(analysis.predictions),
      png: picture.map { Self.png(of: attribution, over: analysis, as: $0) })
    return RawMap(
      bytes: try answer.json(), classIndex: attribution.prediction.label.index, status: attribution.status)
  }

  private static func png(of attribution: Attribution, over analysis: Analysis, as request: PictureRequest) -> [UInt8] {
    attribution.png(over: analysis.display, recipe: request.recipe, isOverlay: request.isOverlay)
  }

  private static func attribution(_ analysis: Analysis, _ wanted: MapRequest) throws -> Attribution {
    try analysis.explain(
      ClassActivationMap(.gradCAM), target: wanted.classIndex.map { Target($0) } ?? analysis.topTarget,
      layers: wanted.layer.map { [$0] } ?? [])
  }
}

/// Which map of an analysis is asked for.
struct MapRequest: Hashable, Sendable {
  /// nil: the top-1.
  var classIndex: Int?
  /// nil: the network's own target layer.
  var layer: String?
}

/// How a map is to be shown: over the image, or alone to be laid over it.
struct PictureRequest: Hashable, Sendable {
  var recipe = DisplayRecipe()
  var isOverlay = true
}

/// A picture of a map, as PNG.
struct Picture: Sendable {
  let png: [UInt8]
  let classIndex: Int
  let status: MapStatus
}

/// The numbers of a map, in a file format.
struct RawMap: Sendable {
  let bytes: [UInt8]
  let classIndex: Int
  let status: MapStatus
}

/// The layers of models that were asked for them.
private final class LayerCache: Sendable {
  private let shapes = Mutex<[ModelManifest: [(name: String, shape: Shape)]]>([:])

  subscript(manifest: ModelManifest) -> [(name: String, shape: Shape)]? {
    get { shapes.withLock { $0[manifest] } }
    set { shapes.withLock { $0[manifest] = newValue } }
  }
}
