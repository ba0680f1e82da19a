package import Autodiff
import Digests
import Foundation
package import Models
import Networks

/// A run from folders of images to a model in the store.
package struct TrainingRun {
  /// What is wanted.
  package struct Order: Sendable {
    package var sources: RunFolder.Sources
    package var configuration: TrainingConfiguration
    package var folder: RunFolder
    package var store: ModelStore
    /// Goes on with the run in the folder.
    package var resumes: Bool
    /// Takes the place of a run in the folder and of a model in the store.
    package var replaces: Bool
    /// Of Gaze.
    package var version: String

    package init(
      sources: RunFolder.Sources, configuration: TrainingConfiguration, folder: RunFolder, store: ModelStore,
      resumes: Bool = false, replaces: Bool = false, version: String
    ) {
      self.sources = sources
      self.configuration = configuration
      self.folder = folder
      self.store = store
      self.resumes = resumes
      self.replaces = replaces
      self.version = version
    }
  }

  package enum Outcome: Sendable {
    case trained(ModelManifest)
    /// Somebody asked to stop; a checkpoint is there.
    case interrupted
  }

  package let order: Order
  package let data: LabelledImages
  package let validation: LabelledImages?
  /// Which parts of a data set are used, where the order named the folder that holds them.
  package let splitNote: String?
  /// What is doubtful about the images.
  package let findings: DataFindings?
  private let architecture: Architecture
  private let objective: Objective
  private let base: ModelManifest?
  private let engine: Engine
  /// SHA-256 over all that the weights follow from.
  private let identity: String

  /// Reads the images and sees whether the run can be made, before anything is trained.
  ///
  /// - Parameter progress: is told how many files of how many have been read, from any thread.
  package init(
    _ order: Order, on engine: Engine, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(TrainingError) {
    let configuration = order.configuration
    if let fault = configuration.fault { throw .configuration(path: "of the run", reason: fault) }
    guard ModelStore.isValid(name: order.sources.name) else { throw .store(.invalidName(order.sources.name)) }
    guard let architecture = Architecture.named(configuration.network) else {
      throw .store(.unknownArchitecture(configuration.network))
    }
    guard architecture.inputSides.contains(configuration.size) else {
      let sides = architecture.inputSides
      throw .size(
        network: architecture.title, size: configuration.size,
        reason: sides.lowerBound == sides.upperBound
          ? "it takes --size \(sides.lowerBound) and no other."
          : "--size must be between \(sides.lowerBound) and \(sides.upperBound).")
    }
    guard configuration.output == .softmax || architecture.head.role == .linear else {
      throw .configuration(
        path: "of the run",
        reason:
          "\(architecture.title) ends in an average of numbers that are cut at 0, which neither sigmoids nor values "
          + "can be made of. Take another network.")
    }
    var order = order
    do { (order.sources, splitNote) = try order.sources.findingSplits() } catch { throw .data(error) }
    self.order = order
    self.architecture = architecture
    self.engine = engine
    do throws(ModelStoreError) {
      base = try configuration.base.map { name throws(ModelStoreError) in try order.store.manifest(of: name) }
    } catch {
      throw .store(error)
    }
    if order.resumes {
      guard order.folder.holdsRun else { throw .noRun(path: order.folder.path) }
    } else if !order.replaces {
      if order.folder.holdsRun { throw .runExists(path: order.folder.path) }
      if order.store.contains(order.sources.name) { throw .store(.nameTaken(order.sources.name)) }
    }

    do {
      let all = try LabelledImages(
        order.sources.data, for: configuration.output, workers: engine.workers, progress: progress)
      if !order.sources.validation.isEmpty {
        data = all
        validation = try LabelledImages(
          order.sources.validation, for: configuration.output, classes: all.classes, workers: engine.workers,
          progress: progress)
      } else if let share = order.sources.validationShare {
        (data, validation) = try all.split(validationShare: share, seed: configuration.seed)
      } else {
        (data, validation) = (all, nil)
      }
    } catch {
      throw .data(error)
    }
    objective = Objective(
      output: configuration.output,
      scale: configuration.output == .value ? data.targets.map { TargetScale(of: $0) } : nil)
    findings = DataFindings(training: data, measured: validation, as: .validation, on: engine.workers)
    identity = Self.identity(order, data, validation, base)
    if order.resumes, let present = try? order.store.manifest(of: order.sources.name),
      present.training?.run != identity, !order.replaces
    {
      throw .store(.nameTaken(order.sources.name))
    }
  }

  /// Trains, and puts the model into the store.
  package func run(
    report: @escaping (TrainingEvent) -> Void, isCancelled: @escaping () -> Bool
  ) throws(TrainingError) -> Outcome {
    let folder = order.folder
    var checkpoint: Checkpoint?
    if order.resumes {
      folder.removeLeftovers()
      checkpoint = try Checkpoint(folder.checkpointPath)
      guard checkpoint!.header.run == identity else {
        throw .otherRun(
          path: folder.path, difference: "its images, its settings, or the model that it began with were others")
      }
    } else {
      try folder.begin(order.sources, order.configuration)
    }

    var source: any WeightSource = try initialWeights()
    var history: [EpochRecord] = []
    let phases = order.configuration.phases
    for (index, phase) in phases.enumerated() {
      if let checkpoint, checkpoint.header.phase > index { continue }
      guard let task = try task(index, source, report: report, isCancelled: isCancelled) else { return .interrupted }
      var state: PhaseState
      if let resumed = checkpoint, resumed.header.phase == index {
        state = try resumed.restore(task, phase, in: engine.pool)
        checkpoint = nil
      } else {
        state = PhaseState(task, phase, in: engine.pool)
        state.history = history
        try save(state, of: task, phase: index)
      }
      var loop = TrainingLoop(
        task, phase, number: index + 1, of: phases.count, seed: order.configuration.seed, for: objective, on: engine,
        report: report, isCancelled: isCancelled, from: state)
      let outcome = try loop.run { state throws(TrainingError) in try save(state, of: task, phase: index) }
      guard case .finished = outcome else { return .interrupted }
      history = loop.state.history
      let isLast = index == phases.count - 1
      // A phase goes on from where the one before ended; only the last one's best is chosen, by validation.
      let values = isLast ? loop.chosenValues() : loop.lastValues()
      let weights = task.trainable.weights { values[$0] }
      if isLast {
        let temperature =
          objective.output.isProbability
          ? try temperature(of: task.validationLogits(values, output: objective.output))
          : .notFitted(reason: "Values have none.")
        return .trained(try export(weights, of: task, loop.state, phase, temperature))
      }
      source = weights
    }
    preconditionFailure("TrainingRun: the checkpoint is past the last phase")
  }

  /// How images become inputs, in training as in serving.
  private var preprocessing: Preprocessing {
    (base?.preprocessing ?? architecture.preprocessing).filling(side: order.configuration.size)
  }

  /// One sigmoid is between two classes.
  private var outputCount: Int {
    objective.output == .sigmoid && data.targets == nil ? 1 : data.classes.count
  }

  private func initialWeights() throws(TrainingError) -> any WeightSource {
    let (classes, seed) = (outputCount, order.configuration.seed)
    do {
      guard let base else { return try InitialWeights(of: architecture, classes: classes, seed: seed) }
      return try TransferredWeights(
        order.store.storedWeights(of: base.name), of: architecture, classes: classes, seed: seed)
    } catch {
      throw .weights(error)
    }
  }

  /// nil if the preparation was stopped.
  private func task(
    _ index: Int, _ source: any WeightSource, report: (TrainingEvent) -> Void, isCancelled: () -> Bool
  ) throws(TrainingError) -> (any TrainingTask)? {
    let configuration = order.configuration
    let phase = configuration.phases[index]
    let seed = RandomNumbers(seed: configuration.seed, stream: UInt64(index)).bits(1)
    if case .head = phase.trains {
      return try headTask(phase, source, seed: seed, report: report, isCancelled: isCancelled)
    }
    return try NetworkTask(
      architecture, source, phase: phase, preprocessing: preprocessing,
      training: loader(data, configuration.augmentation, batchSize: min(phase.batchSize, data.items.count), seed: seed),
      validation: validation.map { loader($0, nil, batchSize: Self.servedBatch, seed: seed) }, on: engine)
  }

  /// Images that are run together where nothing is trained.
  private static let servedBatch = 32

  private func loader(
    _ images: LabelledImages, _ augmentation: Augmentation?, batchSize: Int, seed: UInt64, dropsRemainder: Bool = true
  ) -> BatchLoader {
    BatchLoader(
      images, preprocessing: preprocessing, augmentation: augmentation, batchSize: batchSize, seed: seed,
      pool: engine.pool, threads: max(1, engine.workers.threadCount / 2), dropsRemainder: dropsRemainder)
  }

  /// Computes the features of all images and their copies, and of the validation images.
  private func headTask(
    _ phase: TrainingConfiguration.Phase, _ source: any WeightSource, seed: UInt64, report: (TrainingEvent) -> Void,
    isCancelled: () -> Bool
  ) throws(TrainingError) -> HeadTask? {
    let network: Network
    do { network = try architecture.build(WeightReader(source)) } catch { throw .weights(error) }
    let total = data.items.count * phase.copies + (validation?.items.count ?? 0)
    var done = 0
    func features(_ loader: BatchLoader, epoch: Int) throws(TrainingError) -> Features? {
      let features = try Features(network, loader, epoch: epoch, copies: phase.copies, on: engine) { count in
        report(.preparation("features of the frozen network", done: done + count, total: total))
        return !isCancelled()
      }
      done += loader.data.items.count
      report(.preparation("features of the frozen network", done: done, total: total))
      return features
    }
    var copies: [Features] = []
    let augmented = loader(
      data, order.configuration.augmentation, batchSize: Self.servedBatch, seed: seed, dropsRemainder: false)
    for copy in 0..<phase.copies {
      let loader = copy == 0 ? loader(data, nil, batchSize: Self.servedBatch, seed: seed) : augmented
      guard let features = try features(loader, epoch: copy == 0 ? 0 : copy - 1) else { return nil }
      copies.append(features)
    }
    var validationFeatures: Features?
    if let validation {
      validationFeatures = try features(loader(validation, nil, batchSize: Self.servedBatch, seed: seed), epoch: 0)
      if validationFeatures == nil { return nil }
    }
    return try HeadTask(
      architecture, source, phase: phase, copies: copies, validation: validationFeatures, seed: seed, on: engine)
  }

  private func save(_ state: PhaseState, of task: any TrainingTask, phase: Int) throws(TrainingError) {
    try Checkpoint.write(state, of: task, phase: phase, run: identity, to: order.folder.checkpointPath)
    try order.folder.write(state.history)
  }

  /// Fits the temperature of what is exported.
  private func temperature(of logits: LabelledLogits) -> TrainingReceipt.Temperature {
    guard let validation, logits.count > 0 else {
      return .notFitted(reason: "There are no validation images.")
    }
    guard logits.count >= TemperatureFit.fewestImages else {
      return .notFitted(
        reason: "\(logits.count) validation images are too few; \(TemperatureFit.fewestImages) at least are needed.")
    }
    return .fitted(
      TemperatureFit(
        to: logits, folders: validationFolders, fingerprint: validation.fingerprint, version: order.version))
  }

  private var validationFolders: [String] {
    order.sources.validation.isEmpty ? order.sources.data : order.sources.validation
  }

  private func export(
    _ weights: TrainedWeights, of task: any TrainingTask, _ state: PhaseState, _ phase: TrainingConfiguration.Phase,
    _ temperature: TrainingReceipt.Temperature
  ) throws(TrainingError) -> ModelManifest {
    let configuration: RecordedValue
    do { configuration = try JSONDecoder().decode(RecordedValue.self, from: order.configuration.encoded()) } catch {
      preconditionFailure("TrainingRun: its configuration is no JSON: \(error)")
    }
    let receipt = TrainingReceipt(
      version: order.version, run: identity, seed: order.configuration.seed,
      data: data.receipt(folders: order.sources.data),
      validation: validation.map { $0.receipt(folders: validationFolders) },
      validationShare: order.sources.validationShare, findings: findings,
      base: base.map { TrainingReceipt.Base(name: $0.name, weightsSHA256: $0.weightsSHA256) }, epochs: phase.epochs,
      epoch: state.best?.epoch ?? phase.epochs, measured: state.best?.measurement ?? state.last,
      measuredLast: state.last, calibration: temperature,
      seconds: state.history.reduce(0) { $0 + $1.seconds + ($1.validationSeconds ?? 0) },
      configuration: configuration)
    let weights = objective.scale.map { $0.unscaling(weights, head: architecture.head) } ?? weights
    let manifest = ModelManifest(
      // With the name, since several models of one network may stand side by side.
      name: order.sources.name, title: "\(order.sources.name) (\(architecture.title))", architecture: architecture.name,
      preprocessing: preprocessing,
      labels: data.classes.enumerated().map { ClassLabel(index: $0, name: $1) }, classCount: data.classes.count,
      parameterCount: weights.entries.reduce(0) { $0 + $1.shape.count },
      targetLayer: task.trainable.network.targetLayer, weightsSHA256: "", sourceSHA256: "", licence: base?.licence,
      training: receipt, calibration: temperature.fit, output: objective.output, unit: order.configuration.unit)
    do { return try order.store.install(manifest, weights: weights) } catch { throw .store(error) }
  }

  private static func identity(
    _ order: Order, _ data: LabelledImages, _ validation: LabelledImages?, _ base: ModelManifest?
  ) -> String {
    var hash = DigestBuilder(.sha256)
    hash.add(order.configuration.encoded())
    for part in [data.fingerprint, validation?.fingerprint ?? "", base?.weightsSHA256 ?? ""] {
      hash.add(Array((part + "\n").utf8))
    }
    return hash.digest().hexadecimal
  }
}

extension LabelledImages {
  fileprivate func receipt(folders: [String]) -> TrainingReceipt.Images {
    TrainingReceipt.Images(folders: folders, fingerprint: fingerprint, counts: counts)
  }
}
