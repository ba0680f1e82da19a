package import Autodiff
import Digests
package import Explain
package import Images
package import Models
import Networks

/// Answers questions about images: the service without HTTP. Images become analyses, analyses become maps. All work
/// runs in the pool.
package struct ExplanationService: Sendable {
  package let limits: ServiceLimits
  package let models: any ModelProvider
  package let engine: Engine
  package let pool: ComputePool
  /// What clients have had of what they may.
  package let usage: UsageLedger
  let store: ExpiringStore<Analysis>
  let maps: AttributionCache
  let workLimit: WorkLimit
  /// Signs the receipts of maps; nil where they are not signed.
  let signer: (any ReceiptSigner)?
  private let layers = LayerCache()

  /// - Parameters:
  ///   - signer: of the receipts; nil leaves them unsigned.
  ///   - start: what the ids of kept analyses begin with.
  ///   - now: the time by which kept analyses expire.
  package init(
    _ limits: ServiceLimits, models: any ModelProvider, engine: Engine, signer: (any ReceiptSigner)? = nil,
    start: ReplicaStart = ReplicaStart(of: nil),
    now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.limits = limits
    self.models = models
    self.engine = engine
    self.signer = signer
    usage = UsageLedger(now: now)
    pool = ComputePool(limits, workers: engine.workers, usage: usage)
    store = ExpiringStore(byteLimit: limits.keptBytes, timeToLive: limits.timeToLive, start: start, now: now)
    maps = AttributionCache(byteLimit: limits.rememberedMapBytes)
    workLimit = WorkLimit(maximumPasses: limits.maximumPasses, maximumTime: limits.maximumComputeTime)
  }
}

// MARK: Answers

/// What a question is about.
package enum Subject: Sendable {
  case kept(KeptAnalysis)
  /// The bytes of an image, hostile until they are decoded, and the name of a model; nil for the default one.
  case image([UInt8], model: String?)
}

extension Subject {
  /// Bytes that are held for it until it is looked at.
  fileprivate var byteCount: Int {
    switch self {
    case .kept: 0
    case .image(let bytes, _): bytes.count
    }
  }
}

/// Runs short work in the pool for a client whose answer has begun; it is never refused.
package struct Continuation: Sendable {
  fileprivate let pool: ComputePool
  fileprivate let client: Client

  package func callAsFunction<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await pool.run(for: client, isContinuation: true) { turn in try turn.measure(.render) { try work() } }
  }
}

extension ExplanationService {
  package func continuing(for client: Client) -> Continuation { Continuation(pool: pool, client: client) }
}

/// What an answer is wanted for: by it the service knows what it may cost.
package enum AnswerForm: Hashable, Sendable {
  case picture
  case npy(MapResolution)
  case json(MapResolution, withPicture: Bool)
  case receipt
  /// All of these together.
  case bundle(MapResolution)

  var hasPicture: Bool {
    switch self {
    case .picture, .receipt, .bundle, .json(_, withPicture: true): true
    case .npy, .json(_, withPicture: false): false
    }
  }

  /// The grid of the numbers, where there are some.
  var resolution: MapResolution? {
    switch self {
    case .npy(let resolution), .json(let resolution, _), .bundle(let resolution): resolution
    case .picture, .receipt: nil
    }
  }

  /// Whether the answer has receipts of its maps.
  var hasReceipt: Bool {
    switch self {
    case .json, .receipt, .bundle: true
    case .picture, .npy: false
    }
  }
}

/// Who looks on while an answer is computed. All is called on the thread that computes, which nothing here may hold up.
package struct Onlooker: Sendable {
  /// How many of the passes are through: told after each, so that what is refused before the first is not begun.
  let progress: @Sendable (_ done: Int, _ total: Int) -> Void
  /// What the answer would be, were it broken off.
  let partial: PartialWatch<Answer>

  /// - Parameter isPartialDue: whether `partial` is to be called now; what it is called with takes time to make.
  package init(
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
    partial: @escaping @Sendable (Answer) -> Void, isPartialDue: @escaping @Sendable () -> Bool
  ) {
    self.progress = progress
    self.partial = PartialWatch(isDue: isPartialDue, show: partial)
  }
}

extension ExplanationService {
  /// The one entry to the maps: computes what is asked in the pool and makes a reply of it there.
  ///
  /// - Parameters:
  ///   - client: who asks.
  ///   - onlooker: who looks on meanwhile.
  ///   - reply: called on a thread of the pool; whatever takes long in making bytes of the answer belongs here.
  /// - Throws: `AskError`, `AnalysisError`, `AttributionError`, `ModelStoreError`, `ServingError`, or
  ///   `CancellationError` where the task was cancelled.
  package func answer<Reply: Sendable>(
    _ subject: Subject, _ ask: Ask, as form: AnswerForm, for client: Client, watchedBy onlooker: Onlooker? = nil,
    _ reply: @escaping @Sendable (Answer) throws -> Reply
  ) async throws -> Reply {
    let isLong = ask.likelyPasses >= limits.longPasses
    let entry = try RequestRecord.begin(.explanation)
    return try await pool.run(for: client, byteCount: subject.byteCount, isLong: isLong) { turn in
      let answer = try answer(
        subject, ask, as: form, needsDigests: form.hasReceipt || entry != nil, watchedBy: onlooker, turn)
      entry?.complete { event in
        event.model = RequestRecord.Event.Model(answer.analysis.classifier.manifest)
        if case .kept(let kept) = subject { event.analysis = kept.id }
        event.receipts = answer.attributions.indices.map {
          answer.receipt($0, withPicture: form.hasPicture).receipt
        }
      }
      return try turn.measure(.render) { try reply(answer) }
    }
  }

  private func answer(
    _ subject: Subject, _ ask: Ask, as form: AnswerForm, needsDigests: Bool, watchedBy onlooker: Onlooker?, _ turn: Turn
  ) throws -> Answer {
    for method in ask.methods.all { turn.record?.note(method: method.name) }
    if form == .picture { try ask.checkPicture() }
    if case .npy = form { try ask.checkArray() }
    guard ask.presentation.side <= limits.maximumSide else { throw AskError.side(limits.maximumSide) }
    let (analysis, asked, id): (Analysis, ResolvedAsk, AnalysisID?)
    switch subject {
    case .kept(let kept):
      guard ask.window == nil else { throw AskError.windowOfKept }
      (analysis, id) = (kept.analysis, kept.id)
      turn.record?.note(model: analysis.classifier.name)
      asked = try ask.resolved(in: analysis.classifier)
    case .image(let bytes, let model):
      let classifier = try loadedClassifier(model, turn)
      // Before the network runs: what it does not have is not worth a pass.
      asked = try ask.resolved(in: classifier)
      analysis = try analyse(
        .file(bytes), by: classifier, window: ask.window, displaySide: form.hasPicture ? ask.presentation.side : 1,
        needsDigests: needsDigests, turn)
      id = nil
    }
    if form.hasPicture { try checkPicture(analysis.display.size.pixelCount * ask.mapCount) }
    let answer = try workLimit.run(turn, report: onlooker?.progress) { progress in
      try self.answer(asked, of: analysis, keptAs: id, turn, progress, onlooker?.partial)
    }
    if case .npy(let resolution) = form { try answer.checkArray(at: resolution) }
    if let resolution = form.resolution { try checkNumbers(answer.valueCount(at: resolution), as: form) }
    return answer
  }

  /// - Parameter id: of a kept analysis, whose maps are remembered.
  func answer(
    _ asked: ResolvedAsk, of analysis: Analysis, keptAs id: AnalysisID? = nil, _ turn: Turn, _ progress: PassProgress,
    _ partial: PartialWatch<Answer>? = nil
  ) throws -> Answer {
    var allAreAtHand = true
    func isComputed() -> Bool { !allAreAtHand }
    return try turn.measure(.backward, if: isComputed) {
      try analysis.answer(
        asked,
        remembered: { map in
          let known = remembered(map, of: id, turn)
          if known == nil { allAreAtHand = false }
          return known
        },
        maximumPasses: limits.maximumPasses,
        learn: { learn($1, for: $0, of: id, turn) }, signer: signer, progress: progress, partial: partial)
    }
  }

  private func remembered(_ map: MapAsk, of id: AnalysisID?, _ turn: Turn) -> Attribution? {
    let known = id.flatMap { maps[AttributionCache.Key(id: $0, map: map)] }
    if known != nil { turn.record?.noteMap(isRemembered: true) }
    return known
  }

  private func learn(_ attribution: Attribution, for map: MapAsk, of id: AnalysisID?, _ turn: Turn) {
    turn.record?.noteMap(isRemembered: false)
    if let id { maps.insert(attribution, for: AttributionCache.Key(id: id, map: map)) }
  }

  func checkPicture(_ count: Int) throws(ServingError) {
    guard count <= limits.maximumPicturePixels else {
      throw .tooManyValues(
        count, unit: "pixels", limit: limits.maximumPicturePixels, remedy: "Take a smaller 'side', or fewer classes.")
    }
  }

  /// - Parameter count: of all maps of an answer.
  func checkNumbers(_ count: Int, as form: AnswerForm) throws(ServingError) {
    let (limit, remedy): (Int, String)
    switch form {
    case .npy:
      (limit, remedy) = (
        limits.maximumNPYValues, "Take resolution=input and lay it over the crop that the analysis names."
      )
    case .json, .bundle:
      (limit, remedy) = (limits.maximumJSONValues, "Take the .npy file, or resolution=input.")
    case .picture, .receipt: return
    }
    guard count <= limit else { throw .tooManyValues(count, unit: "numbers", limit: limit, remedy: remedy) }
  }

  /// Makes a reply of the maps of all classes at once, in the pool; see `Analysis.classCube`.
  ///
  /// - Parameter layer: nil for the network's own target layer.
  package func classCube<Reply: Sendable>(
    of kept: KeptAnalysis, by method: MethodChoice, layer: String?, for client: Client,
    _ reply: @escaping @Sendable (ClassCube) throws -> Reply
  ) async throws -> Reply {
    let entry = try RequestRecord.begin(.explanation)
    return try await pool.run(for: client) { turn in
      turn.record?.note(model: kept.analysis.classifier.name)
      turn.record?.note(method: method.name)
      let cube = try turn.measure(.backward) { try kept.analysis.classCube(by: method, layer: layer) }
      entry?.complete { $0.note(kept) }
      guard cube.values.count <= limits.maximumNPYValues else {
        throw ServingError.tooManyValues(
          cube.values.count, unit: "numbers", limit: limits.maximumNPYValues, remedy: "Name the classes you need.")
      }
      return try turn.measure(.render) { try reply(cube) }
    }
  }

  /// Measures the maps that are asked for, beside the controls, and makes a reply of it in the pool.
  package func evaluate<Reply: Sendable>(
    _ kept: KeptAnalysis, _ asked: FaithfulnessAsk, for client: Client,
    _ reply: @escaping @Sendable (FaithfulnessReport) throws -> Reply
  ) async throws -> Reply {
    let entry = try RequestRecord.begin(.evaluation)
    return try await pool.run(for: client, isLong: true) { turn in
      let analysis = kept.analysis
      turn.record?.note(model: analysis.classifier.name)
      let asked = try asked.suiting(analysis.classifier)
      let wanted = try asked.maps(in: analysis.classifier, mostLikely: analysis.topTarget.classIndex)
      try workLimit.check(
        passes: asked.passes(of: wanted) { map throws(AttributionError) in
          try analysis.cost(of: map.method.method, layers: map.layers)
        },
        remedy: "Ask for fewer steps, methods or metrics.")
      for map in wanted { turn.record?.note(method: map.method.name) }
      let report = try workLimit.run(turn) { progress in
        try turn.measure(.backward) {
          let subjects = try wanted.map { map in
            let attribution = try analysis.attributions(
              [map], remembered: { remembered($0, of: kept.id, turn) }, maximumPasses: limits.maximumPasses,
              learn: { learn($1, for: $0, of: kept.id, turn) }, progress: progress)[0]
            return FaithfulnessSubject(attribution, by: map.method.method)
          }
          entry?.complete { event in
            event.model = RequestRecord.Event.Model(analysis.classifier.manifest)
            event.analysis = kept.id
            event.receipts = subjects.map { $0.attribution.receipt() }
          }
          return try analysis.pass.evaluate(
            subjects, target: wanted[0].target, metrics: asked.metrics, protocol: asked.rules,
            randomiser: asked.metrics.contains(.randomisation)
              ? try randomiser(of: analysis.classifier, seed: asked.rules.seed) : nil,
            progress: progress)
        }
      }
      return try turn.measure(.render) { try reply(report) }
    }
  }

  private func randomiser(of classifier: Classifier, seed: UInt64) throws -> ModelRandomiser {
    guard let randomiser = try models.randomiser(of: classifier, seed: seed) else {
      throw ServingError.noStoredWeights(model: classifier.name)
    }
    return randomiser
  }
}

// MARK: Models

extension ExplanationService {
  /// The model that is used where none is named; nil if there is none at all.
  package func defaultModelName(among models: [ModelManifest]) -> String? {
    models.contains { $0.name == limits.defaultModel } ? limits.defaultModel : models.first?.name
  }

  /// Makes a reply of a model, in the pool.
  ///
  /// - Parameter name: nil for the default one; loaded if need be.
  package func classifier<Reply: Sendable>(
    _ name: String?, for client: Client, _ reply: @escaping @Sendable (Classifier) throws -> Reply
  ) async throws -> Reply {
    try await pool.run(for: client) { turn in try reply(loadedClassifier(name, turn)) }
  }

  /// `classifier`, for work that already runs in the pool.
  func loadedClassifier(_ name: String?, _ turn: Turn) throws -> Classifier {
    let start = ContinuousClock.now
    let classifier = try loadedClassifier(name)
    let end = ContinuousClock.now
    // Finding one that is loaded takes microseconds.
    if end - start >= .milliseconds(1) { turn.record?.add(.load, from: start, to: end) }
    turn.record?.note(model: classifier.name)
    return classifier
  }

  private func loadedClassifier(_ name: String?) throws -> Classifier {
    if let name { return try models.classifier(name) }
    do {
      return try models.classifier(limits.defaultModel)
    } catch {
      guard case .unknownModel = error else { throw error }
      guard let first = models.list().first else { throw ServingError.noModel }
      return try models.classifier(first.name)
    }
  }

  /// Makes a reply of a model and its layers, with the shapes of what they give, in the pool. The shapes are computed
  /// once for each state of the model.
  ///
  /// - Parameter name: nil for the default model.
  package func layers<Reply: Sendable>(
    of name: String?, for client: Client,
    _ reply: @escaping @Sendable (Classifier, [(name: String, shape: Shape)]) throws -> Reply
  ) async throws -> Reply {
    try await classifier(name, for: client) { classifier in
      let shapes = layers[classifier.manifest] ?? classifier.layerShapes(on: engine)
      layers[classifier.manifest] = shapes
      return try reply(classifier, shapes)
    }
  }
}

// MARK: Analyses

extension ExplanationService {
  /// Decodes an image, runs the network on it, once, keeps the analysis, and makes a reply of it in the pool.
  ///
  /// - Parameters:
  ///   - model: nil for the default one.
  ///   - client: who asks.
  ///   - window: what the image's samples are stretched by; nil takes them as stored.
  ///   - check: asked about the model before the image is looked at.
  package func keep<Reply: Sendable>(
    _ image: [UInt8], model: String?, window: SampleWindow? = nil, for client: Client,
    check: @escaping @Sendable (Classifier) throws -> Void = { _ in },
    _ reply: @escaping @Sendable (KeptAnalysis) throws -> Reply
  ) async throws -> Reply {
    let entry = try RequestRecord.begin(.analysis)
    return try await pool.run(for: client, byteCount: image.count) { turn in
      let classifier = try loadedClassifier(model, turn)
      try check(classifier)
      let analysis = try analyse(.file(image), by: classifier, window: window, needsDigests: true, turn)
      let kept = KeptAnalysis(id: store.insert(analysis, byteCount: analysis.byteCount), analysis: analysis)
      entry?.complete { event in
        event.note(kept)
        event.classes = [analysis.topTarget.classIndex]
      }
      return try turn.measure(.render) { try reply(kept) }
    }
  }

  /// - Parameters:
  ///   - displaySide: the longer side of the copy for display, at most.
  ///   - needsDigests: whether there will be a receipt that names the image by its digests.
  func analyse(
    _ image: ImageSource, by classifier: Classifier, window: SampleWindow?, displaySide: Int = Analysis.displaySide,
    needsDigests: Bool, _ turn: Turn
  ) throws -> Analysis {
    let clock = ContinuousClock()
    let start = clock.now
    let decoded = try turn.measure(.decode) {
      try Analysis.decode(image, for: classifier, limits: imageLimits, window: window, displaySide: displaySide)
    }
    turn.record?.note(image: decoded.format, byteCount: image.bytes.count)
    let decoding = clock.now - start
    let digests = needsDigests ? ImageDigests(of: image, decoded: decoded) : nil
    try turn.check()
    let digestedAt = clock.now
    let analysis = try Analysis(
      of: decoded, decodedIn: decoding, digests: digests, by: classifier, on: engine, displaySide: displaySide)
    let preprocessedAt = digestedAt + analysis.timings.preprocess
    turn.record?.add(.preprocess, from: digestedAt, to: preprocessedAt)
    turn.record?.add(.forward, from: preprocessedAt, to: preprocessedAt + analysis.timings.forward)
    return analysis
  }

  private var imageLimits: ImageLimits { ImageLimits(maximumPixels: limits.maximumPixels) }

  /// The kept analysis of this id; looking it up renews its time.
  package func find(_ id: String) throws(ServingError) -> KeptAnalysis {
    guard let id = AnalysisID(id) else {
      WorkRecord.current?.note(lookup: .unknown)
      throw .unknownAnalysis
    }
    return KeptAnalysis(id: id, analysis: try Self.require(store.find(id)))
  }

  package func delete(_ id: String) throws(ServingError) {
    guard let id = AnalysisID(id) else { throw .unknownAnalysis }
    let entry = try RequestRecord.begin(.deletion)
    let lookup = store.delete(id)
    maps.keep { $0 != id }
    let analysis = try Self.require(lookup)
    entry?.complete { $0.note(KeptAnalysis(id: id, analysis: analysis)) }
  }

  /// Drops what is no longer to be kept.
  package func sweep() {
    store.sweep()
    maps.keep(only: store.holds)
  }

  private static func require(_ lookup: ExpiringStore<Analysis>.Lookup) throws(ServingError) -> Analysis {
    switch lookup {
    case .kept(let analysis):
      WorkRecord.current?.note(lookup: .kept)
      return analysis
    case .dropped:
      WorkRecord.current?.note(lookup: .expired)
      throw .expiredAnalysis
    case .elsewhere:
      WorkRecord.current?.note(lookup: .elsewhere)
      throw .lostAnalysis
    case .unknown:
      WorkRecord.current?.note(lookup: .unknown)
      throw .unknownAnalysis
    }
  }
}

/// What a network says of one image, class by class.
package struct InstanceScores: Sendable {
  package let logits: [Float]
  /// What each class is told by, a probability or a value; see `Classifier.numbers`.
  package let numbers: [Float]
}

/// An analysis and the name that it is kept under.
package struct KeptAnalysis: Sendable {
  package let id: AnalysisID
  package let analysis: Analysis
}

// MARK: Predictions

extension ExplanationService {
  /// Images that are run through the network at once.
  static let predictionBatch = 8

  /// What the network says of images, a batch at a time, so that memory is bounded whatever their number.
  func scores(
    of images: [ImageSource], by classifier: Classifier, window: SampleWindow?, _ turn: Turn
  ) throws -> [InstanceScores] {
    let rows = try workLimit.run(turn) { progress in
      var rows: [[Float]] = []
      while rows.count < images.count {
        let batch = rows.count..<min(rows.count + Self.predictionBatch, images.count)
        let inputs = try batch.map { try input(of: images[$0], at: $0, window: window, for: classifier, turn) }
        rows += try turn.measure(.forward) { try ForwardPass.logits(of: stacked(inputs), by: classifier, on: engine) }
        try progress.step(rows.count, of: images.count)
      }
      return rows
    }
    return rows.map { InstanceScores(logits: $0, numbers: classifier.numbers(of: $0)) }
  }

  private func input(
    of image: ImageSource, at index: Int, window: SampleWindow?, for classifier: Classifier, _ turn: Turn
  ) throws(InstanceError) -> Tensor {
    do {
      let decoded = try turn.measure(.decode) {
        try Analysis.decode(image, for: classifier, limits: imageLimits, window: window, displaySide: 1)
      }
      turn.record?.note(image: decoded.format, byteCount: image.bytes.count)
      return turn.measure(.preprocess) { classifier.preprocessing.input(from: decoded, in: engine.pool).input }
    } catch {
      throw InstanceError(index: index, cause: error)
    }
  }

  /// Images of one shape, [1, H, W, 3] each, as a batch, [N, H, W, 3].
  private func stacked(_ images: [Tensor]) -> Tensor {
    if images.count == 1 { return images[0] }
    let shape = images[0].shape
    return Tensor([images.count, shape[1], shape[2], shape[3]], in: engine.pool) { elements in
      for (index, image) in images.enumerated() {
        image.withElements {
          elements.baseAddress!.advanced(by: index * shape.count).initialize(from: $0.baseAddress!, count: $0.count)
        }
      }
    }
  }
}

extension RequestRecord.Event {
  /// Notes what a network said of images; makes digests of them.
  mutating func note(_ scores: [InstanceScores], of images: [ImageSource], by classifier: Classifier) {
    model = Model(classifier.manifest)
    self.images = images.map { Digest.sha256(of: $0.bytes).hexadecimal }
    classes = scores.map { $0.logits.indexOfLargest ?? 0 }
  }

  fileprivate mutating func note(_ kept: KeptAnalysis) {
    model = Model(kept.analysis.classifier.manifest)
    analysis = kept.id
    images = kept.analysis.digests.map { [$0.file.hexadecimal] } ?? []
  }
}

/// The layers of models that were asked for them.
private final class LayerCache: Sendable {
  private let shapes = Guarded<[ModelManifest: [(name: String, shape: Shape)]]>([:])

  subscript(manifest: ModelManifest) -> [(name: String, shape: Shape)]? {
    get { shapes.withLock { $0[manifest] } }
    set { shapes.withLock { $0[manifest] = newValue } }
  }
}
