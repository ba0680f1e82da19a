import ArgumentParser
import Autodiff
import Explain
import Foundation
import Models
import Networks
import Training

/// `gaze train`: from folders of images to a model in the store.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a classifier on a folder of images, one folder for each class.",
    discussion: """
      gaze train --data photos --validate others --name mine             a small network, from scratch
      gaze train --data photos --from efficientnet-lite0 --name mine     fine-tunes a network of the store
      gaze train --data photos --from efficientnet-lite0 --frozen ...    its last layer only: a first classifier in a minute

      The classes are the folders of DATA, in the order of the numbers that their names begin with, or else of their names. JPEG and PNG \
      files count; what cannot be read is listed and left out. DATA may also hold train and val, which hold the same \
      classes. The model is in the store when training ends: 'gaze serve' serves it, even if it is running already.

      With --output sigmoid or value, DATA and --validate may be a CSV file with a column 'file' and a column 'labels' (classes, separated \
      by ;) or one of numbers for each output; --output sigmoid on two folders trains one output between them.

      With --validate, accuracy is measured after each epoch on other images, and the weights of the best epoch are kept. Take images \
      of another day, place or camera, as those will be that the model is for. --validation-split holds back a part of DATA instead; it keeps \
      near-duplicates together, since frames of one video are all but equal: a random split puts twins of what was trained on into \
      validation, and its accuracy says nothing about new images. Even so, images of one recording are easier than those of the next.

      Ctrl-C stops the run after the current step and writes a checkpoint; --resume goes on from the last one, to the same bits, also after a crash.
      """)

  @Option(
    help: ArgumentHelp(
      "A folder with a folder of images for each class; may be given several times.", valueName: "folder"),
    completion: .directory)
  var data: [String] = []

  @Option(
    name: .customLong("validate"),
    help: ArgumentHelp(
      "Images to validate on, in folders of the same classes; may be given several times.", valueName: "folder"),
    completion: .directory)
  var validation: [String] = []

  @Option(
    help: ArgumentHelp(
      "Holds back this share of DATA to validate on, near-duplicates together.", valueName: "share"))
  var validationSplit: Double?

  @Option(
    help: ArgumentHelp(
      "What the outputs stand for: softmax (one of several classes), sigmoid (of two folders no or yes; of a table each "
        + "class by itself) or value (a number). Default: softmax.", valueName: "kind"))
  var output: OutputKind?

  @Option(help: ArgumentHelp("What values are measured in, such as mm; for --output value.", valueName: "unit"))
  var unit: String?

  @Option(help: "The name that the model gets.")
  var name: String

  @Option(help: ArgumentHelp("The model of the store to begin with; without it, random weights.", valueName: "model"))
  var from: String?

  @Option(
    help: ArgumentHelp("The network to train from random weights; default: small-cnn.", valueName: "network"),
    completion: .list(Architecture.all.map(\.name)))
  var network: String?

  @Flag(help: "With --from: trains the last layer only, on features that are computed once.")
  var frozen = false

  @Option(
    help: ArgumentHelp(
      "With --from: how much is trained besides the last layer: all, or the last N stages; default: all.",
      valueName: "all|N"))
  var unfreeze: String?

  @Option(
    help: ArgumentHelp(
      "Height and width of the network's input; default: the network's own, with --from 128.", valueName: "pixels"))
  var size: Int?

  @Option(help: ArgumentHelp("How often each image is seen, in the last phase.", valueName: "count"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Images of a step, in the last phase.", valueName: "count"))
  var batch: Int?

  @Option(help: ArgumentHelp("The peak of the learning rate, in the last phase.", valueName: "rate"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Of filters and matrices, in the last phase.", valueName: "factor"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("sgd or adamw, in the last phase; give --learning-rate with it.", valueName: "name"))
  var optimizer: OptimizerSettings.Kind?

  @Option(help: "The same seed makes the same weights.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "A configuration to take instead of the built-in one, in the form of --print-config.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The run's folder: configuration, history, curves, checkpoint; default: runs/NAME beside the model store.",
      valueName: "folder"), completion: .directory)
  var out: String?

  @Flag(help: "Goes on with the run in the folder. Its data and settings need not be given again.")
  var resume = false

  @Flag(help: "Begins anew where there is a run, and replaces a model of the same name.")
  var force = false

  @Flag(help: "Prints the configuration, every step of augmentation with its range included, and ends.")
  var printConfig = false

  func validate() throws {
    guard threads.map({ (1...256).contains($0) }) ?? true else {
      throw ValidationError("--threads must be between 1 and 256.")
    }
    guard validationSplit.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--validation-split must be above 0 and below 1, such as 0.2.")
    }
    if validationSplit != nil, !validation.isEmpty {
      throw ValidationError("--validate and --validation-split exclude each other: validate on one or the other.")
    }
    if from != nil, network != nil {
      throw ValidationError("--from and --network exclude each other: the base says which network it is.")
    }
    if from == nil, config == nil, !resume, frozen || unfreeze != nil {
      throw ValidationError(
        "--frozen and --unfreeze need --from: there is nothing to freeze in a network from scratch.")
    }
    if frozen, unfreeze != nil { throw ValidationError("--frozen and --unfreeze exclude each other.") }
    if let unfreeze, ![nil, .head].contains(TrainingConfiguration.Trained(unfreeze)) == false {
      throw ValidationError("--unfreeze must be all, or a number of stages such as 3, not \(unfreeze).")
    }
    if config != nil, from != nil || network != nil || frozen || unfreeze != nil {
      throw ValidationError(
        "--config says what is trained, so --from, --network, --frozen and --unfreeze cannot be given with it.")
    }
    if resume, force { throw ValidationError("--resume and --force exclude each other.") }
    if data.isEmpty, !resume, !printConfig {
      throw ValidationError("--data is missing: a folder with a folder of images for each class.")
    }
    if resume, data.isEmpty, hasSettings {
      throw ValidationError(
        "--resume goes on with the run's own settings. Leave out the others, or give --data and all that the run was begun with."
      )
    }
  }

  private var hasSettings: Bool {
    from != nil || network != nil || frozen || unfreeze != nil || size != nil || epochs != nil || batch != nil
      || learningRate != nil || weightDecay != nil || optimizer != nil || seed != nil || config != nil
      || validationSplit != nil || !validation.isEmpty || output != nil || unit != nil
  }

  func run() async throws {
    try await reportingFailures {
      do {
        try train()
      } catch let error as TrainingError {
        throw Failure(error)
      }
    }
  }

  private func train() throws {
    let store = ModelStore.standard()
    let folder = out.map { RunFolder(path: $0) } ?? .standard(for: name)
    let order = try order(store, folder)
    if printConfig {
      FileHandle.standardOutput.write(order.configuration.encoded())
      return
    }
    Interruption.watch()
    let display = TrainingDisplay(folder: folder)
    // Steps use the same blocks again and again: what they need stays in the pool.
    let engine = Engine(
      pool: BufferPool(idleLimit: 4 << 30), threadCount: threads ?? Workers.onlineProcessors)
    let run = try TrainingRun(order, on: engine) { display.show(reading: $0, of: $1) }
    display.begin(run)
    let outcome = try engine.workers.computing {
      try run.run(report: display.show, isCancelled: { Interruption.isRequested })
    }
    switch outcome {
    case .trained(let manifest): display.end(manifest, store: store)
    case .interrupted:
      display.interrupted(name: name, out: out)
      // What a shell reports of a program that Ctrl-C ended.
      throw ExitCode(130)
    }
  }

  private func order(_ store: ModelStore, _ folder: RunFolder) throws -> TrainingRun.Order {
    if resume, !folder.holdsRun { throw TrainingError.noRun(path: folder.path) }
    if resume, data.isEmpty {
      let sources = try folder.sources()
      guard sources.name == name else {
        throw TrainingError.otherRun(path: folder.path, difference: "it trains '\(sources.name)', not '\(name)'")
      }
      return TrainingRun.Order(
        sources: sources, configuration: try folder.configuration(), folder: folder, store: store, resumes: true,
        version: gazeVersion)
    }
    return TrainingRun.Order(
      sources: RunFolder.Sources(
        name: name, data: data.map(absolutePath), validation: validation.map(absolutePath),
        validationShare: validationSplit),
      configuration: try settings(store), folder: folder, store: store, resumes: resume, replaces: force,
      version: gazeVersion)
  }

  /// The configuration file or the built-in recipe, with what the options change of it.
  private func settings(_ store: ModelStore) throws -> TrainingConfiguration {
    var settings = try config.map { path in try TrainingConfiguration(file: path) } ?? recipe(store)
    if let size { settings.size = size }
    if let seed { settings.seed = seed }
    if let output { settings.output = output }
    if let unit { settings.unit = unit }
    let last = settings.phases.count - 1
    if let epochs { settings.phases[last].epochs = epochs }
    if let batch { settings.phases[last].batchSize = batch }
    if let learningRate { settings.phases[last].optimizer.learningRate = learningRate }
    if let weightDecay { settings.phases[last].optimizer.weightDecay = weightDecay }
    if let optimizer { settings.phases[last].optimizer.kind = optimizer }
    if let fault = settings.fault { throw Failure(.usage, fault) }
    return settings
  }

  private func recipe(_ store: ModelStore) throws -> TrainingConfiguration {
    guard let from else {
      let network = network ?? "small-cnn"
      guard let architecture = Architecture.named(network) else { throw ModelStoreError.unknownArchitecture(network) }
      return TrainingRecipe.fromScratch(
        network: network, size: size ?? architecture.preprocessing.inputWidth, seed: seed ?? 0)
    }
    let base = try store.manifest(of: from)
    let unfrozen = frozen ? nil : unfreeze.flatMap(TrainingConfiguration.Trained.init) ?? .all
    guard let architecture = Architecture.named(base.architecture) else {
      throw ModelStoreError.unknownArchitecture(base.architecture)
    }
    // VGG takes one size only.
    let usual = max(TrainingRecipe.transferSize, architecture.inputSides.lowerBound)
    return TrainingRecipe.fromBase(
      from, network: base.architecture, size: size ?? usual, seed: seed ?? 0, unfrozen: unfrozen)
  }
}

extension OptimizerSettings.Kind: ExpressibleByArgument {}

extension Failure {
  init(_ error: TrainingError) {
    switch error {
    case .store(let error): self.init(error)
    case .data, .weights, .configuration, .diverged: self.init(.badData, error.description)
    case .size, .runExists, .otherRun, .featuresTooLarge: self.init(.usage, error.description)
    case .cannotWrite: self.init(.cannotCreate, error.description)
    case .cannotRead, .noRun: self.init(.noInput, error.description)
    }
  }
}
