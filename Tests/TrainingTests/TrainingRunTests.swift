import Autodiff
import Foundation
import Images
import Models
import TestSupport
import Testing

@testable import Networks
@testable import Training

/// From folders of images to a model in the store.
@Suite("A run")
struct TrainingRunTests {
  let folder: ScratchFolder
  let store: ModelStore

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("models"))
    try DrawnClasses.draw(10, into: folder("train"))
    try DrawnClasses.draw(4, seed: 2, into: folder("test"))
  }

  private func configuration(
    epochs: Int = 2, size: Int = 24, augmentation: Augmentation = Augmentation(), seed: UInt64 = 1
  ) -> TrainingConfiguration {
    var configuration = TrainingRecipe.fromScratch(network: "small-cnn", size: size, seed: seed)
    configuration.augmentation = augmentation
    configuration.phases[0].epochs = epochs
    configuration.phases[0].batchSize = 8
    return configuration
  }

  private func order(
    _ configuration: TrainingConfiguration, named name: String = "drawn", run: String = "run", validates: Bool = true,
    resumes: Bool = false, replaces: Bool = false, share: Double? = nil
  ) -> TrainingRun.Order {
    TrainingRun.Order(
      sources: RunFolder.Sources(
        name: name, data: [folder("train")], validation: validates && share == nil ? [folder("test")] : [],
        validationShare: share), configuration: configuration, folder: RunFolder(path: folder(run)), store: store,
      resumes: resumes, replaces: replaces, version: "test")
  }

  /// - Parameter stop: after which step it is stopped.
  private func run(
    _ order: TrainingRun.Order, threads: Int = 2, stop: Int = .max
  ) throws -> (outcome: TrainingRun.Outcome, history: [EpochRecord]) {
    let run = try TrainingRun(order, on: Engine(threadCount: threads))
    var steps = 0
    var history: [EpochRecord] = []
    let outcome = try run.run(
      report: { event in
        if case .step = event { steps += 1 }
        if case .epoch(let all) = event { history = all }
      }, isCancelled: { steps >= stop })
    return (outcome, history)
  }

  private func manifest(_ outcome: TrainingRun.Outcome) throws -> ModelManifest {
    guard case .trained(let manifest) = outcome else {
      throw TrainingError.noRun(path: "it was interrupted")
    }
    return manifest
  }

  @Test(
    "gives a model with labels, preprocessing, receipt, history and configuration; it is loaded and gives what was measured"
  )
  func export() throws {
    let configuration = configuration(epochs: 3)
    let (outcome, history) = try run(order(configuration))
    let manifest = try manifest(outcome)
    #expect(try store.manifest(of: "drawn") == manifest)
    #expect(manifest.labels?.map(\.name) == DrawnClasses.names)
    #expect(manifest.preprocessing.inputSize == ImageSize(width: 24, height: 24))
    let training = try #require(manifest.training)
    #expect(training.data.counts == [10, 10, 10, 10])
    #expect(training.validation?.counts == [4, 4, 4, 4])
    #expect(training.epochs == 3)
    #expect(training.measuredLast?.accuracy == history.last?.validationAccuracy)
    #expect(history[training.epoch - 1].isBest)

    let classifier = try store.load("drawn")
    #expect(classifier.network.classCount == 4)
    let engine = Engine(threadCount: 1)
    let images = try LabelledImages(folders: [folder("test")])
    let loader = BatchLoader(
      images, preprocessing: manifest.preprocessing, augmentation: nil, batchSize: 32, seed: 0, pool: engine.pool)
    let batch = try loader.batch(epoch: 0, number: 0)
    var tally = Tally()
    tally.add(
      classifier.network(Tape(engine: engine).constant(batch.images)).value, of: ImageLabels(batch.classIndices))
    #expect(tally.measurement == training.measured)

    var logits = LabelledLogits(classCount: 4)
    logits.add(classifier.network(Tape(engine: engine).constant(batch.images)).value, of: batch.classIndices)
    let fit = TemperatureFit(
      to: logits, folders: [folder("test")], fingerprint: images.fingerprint, version: "test")
    #expect(training.calibration == .fitted(fit) && manifest.calibration == fit)
    #expect(fit.images == 16 && fit.before.negativeLogLikelihood == training.measured?.loss)
    #expect(fit.after.negativeLogLikelihood < fit.before.negativeLogLikelihood)
    #expect(classifier.temperature == fit.temperature)

    let runFolder = RunFolder(path: folder("run"))
    #expect(try runFolder.configuration() == configuration)
    #expect(try runFolder.sources().data == [folder("train")])
    let lines = try String(contentsOfFile: runFolder.historyPath, encoding: .utf8).split(separator: "\n")
    #expect(
      try lines.map { try JSONDecoder().decode(EpochRecord.self, from: Data($0.utf8)) }.map(\.epoch) == [1, 2, 3])
  }

  @Test("is the same to the bit at one thread and at two")
  func threads() throws {
    let one = try manifest(run(order(configuration(), named: "one", run: "a"), threads: 1).outcome)
    let two = try manifest(run(order(configuration(), named: "two", run: "b"), threads: 2).outcome)
    #expect(one.weightsSHA256 == two.weightsSHA256)
    #expect(one.calibration != nil && one.calibration == two.calibration)
    let other = try manifest(run(order(configuration(seed: 2), named: "other", run: "c")).outcome)
    #expect(other.weightsSHA256 != one.weightsSHA256)
  }

  @Test("goes on after any step to the same bits, whatever a killed program left half-written", arguments: [1, 5, 7])
  func resumes(stop: Int) throws {
    let whole = try manifest(run(order(configuration(), named: "whole", run: "a")).outcome)
    guard case .interrupted = try run(order(configuration(), named: "parts", run: "b"), stop: stop).outcome else {
      Issue.record("It was not interrupted.")
      return
    }
    #expect(!store.contains("parts"))
    // A temporary file that a killed program left.
    let part = folder("b/checkpoint.safetensors.17.part")
    let checkpoint = try Data(contentsOf: URL(fileURLWithPath: folder("b/checkpoint.safetensors")))
    try checkpoint.prefix(checkpoint.count / 2).write(to: URL(fileURLWithPath: part))
    let parts = try manifest(run(order(configuration(), named: "parts", run: "b", resumes: true)).outcome)
    #expect(parts.weightsSHA256 == whole.weightsSHA256)
    #expect(parts.training?.measured == whole.training?.measured)
    #expect(parts.calibration == whole.calibration)
    #expect(!FileManager.default.fileExists(atPath: part))
    // A run that is over can be taken up again; nothing is left to do.
    let again = try manifest(run(order(configuration(), named: "parts", run: "b", resumes: true)).outcome)
    #expect(again.weightsSHA256 == whole.weightsSHA256)
  }

  @Test("a damaged checkpoint is said to be so, and one of other settings or images too")
  func otherRuns() throws {
    _ = try run(order(configuration(), run: "a"), stop: 1)
    #expect(throws: TrainingError.self) { try run(order(configuration(epochs: 3), run: "a", resumes: true)) }
    try DrawnClasses.draw(1, seed: 9, into: folder("train"))
    #expect(throws: TrainingError.self) { try run(order(configuration(), run: "a", resumes: true)) }
    try Data("no checkpoint".utf8).write(to: URL(fileURLWithPath: folder("a/checkpoint.safetensors")))
    #expect(throws: TrainingError.self) { try run(order(configuration(), run: "a", resumes: true)) }
    #expect(throws: TrainingError.self) { try run(order(configuration(), run: "nowhere", resumes: true)) }
  }

  @Test(
    "a name that is taken and a run that is there are refused before anything is trained, unless they are to be replaced"
  )
  func taken() throws {
    let first = try manifest(run(order(configuration(epochs: 1))).outcome)
    #expect(throws: TrainingError.self) {
      try TrainingRun(order(configuration(), run: "other"), on: Engine(threadCount: 1))
    }
    #expect(throws: TrainingError.self) {
      try TrainingRun(order(configuration(), named: "else"), on: Engine(threadCount: 1))
    }
    let second = try manifest(run(order(configuration(epochs: 1, seed: 4), replaces: true)).outcome)
    #expect(second.weightsSHA256 != first.weightsSHA256)
  }

  @Test("without validation the last weights are kept and nothing is said to be measured")
  func unvalidated() throws {
    let manifest = try manifest(run(order(configuration(), validates: false)).outcome)
    #expect(manifest.training?.validation == nil)
    #expect(manifest.training?.measured == nil)
    #expect(manifest.training?.epoch == 2)
    #expect(manifest.training?.calibration == .notFitted(reason: "There are no validation images."))
    #expect(manifest.calibration == nil)
  }

  @Test("on a few validation images no temperature is fitted, and the receipt says how many there were")
  func fewImages() throws {
    try FileManager.default.removeItem(atPath: folder("test"))
    try DrawnClasses.draw(2, seed: 2, into: folder("test"))
    let manifest = try manifest(run(order(configuration(epochs: 1))).outcome)
    #expect(manifest.training?.validation?.counts == [2, 2, 2, 2])
    #expect(
      manifest.training?.calibration
        == .notFitted(reason: "8 validation images are too few; 10 at least are needed."))
    #expect(manifest.calibration == nil)
  }

  @Test("a share that is held back is validated on and not trained on")
  func split() throws {
    let manifest = try manifest(run(order(configuration(), share: 0.3)).outcome)
    let training = try #require(manifest.training)
    let held = try #require(training.validation)
    #expect(zip(training.data.counts, held.counts).allSatisfy { $0 + $1 == 10 && $1 > 0 })
    #expect(training.validationShare == 0.3)
  }

  @Test("40 images are learned by heart")
  func overfits() throws {
    var configuration = configuration(epochs: 30, size: 24)
    configuration.phases[0].dropout = 0
    configuration.phases[0].labelSmoothing = 0
    configuration.phases[0].averageDecay = nil
    var order = order(configuration)
    order.sources.validation = order.sources.data
    let manifest = try manifest(run(order).outcome)
    #expect(manifest.training?.measured?.accuracy == 1)
  }

  /// Without what keeps a network from learning a few images by heart.
  private func learningByHeart(_ output: OutputKind, epochs: Int) -> TrainingConfiguration {
    var configuration = configuration(epochs: epochs, size: 24)
    configuration.phases[0].dropout = 0
    configuration.phases[0].labelSmoothing = 0
    configuration.phases[0].averageDecay = nil
    configuration.output = output
    return configuration
  }

  @Test("one sigmoid between two folders gives a model of both, the second being yes")
  func betweenTwoFolders() throws {
    try DrawnClasses.draw(12, classes: 2, into: folder("two"))
    var order = order(learningByHeart(.sigmoid, epochs: 30))
    order.sources.data = [folder("two")]
    order.sources.validation = order.sources.data
    let manifest = try manifest(run(order).outcome)
    #expect(manifest.output == .sigmoid && manifest.classCount == 2)
    #expect(manifest.training?.measured?.accuracy == 1)
    #expect(manifest.calibration != nil)
    let classifier = try store.load("drawn")
    let engine = Engine(threadCount: 1)
    let images = try LabelledImages(folders: order.sources.data)
    let loader = BatchLoader(
      images, preprocessing: manifest.preprocessing, augmentation: nil, batchSize: 24, seed: 0, pool: engine.pool)
    let batch = try loader.batch(epoch: 0, number: 0)
    let logits = classifier.network(Tape(engine: engine).constant(batch.images)).value.elements
    for (row, classIndex) in batch.classIndices.enumerated() {
      #expect((logits[2 * row + 1] > 0) == (classIndex == 1))
    }
    var many = order
    many.sources.data = [folder("train")]
    many.replaces = true
    #expect(throws: TrainingError.self) { try TrainingRun(many, on: engine) }
  }

  @Test("a table of labels trains a sigmoid for each, and one of numbers gives values in their own unit")
  func tables() throws {
    let files = DrawnClasses.folders.enumerated().flatMap { index, name in
      (0..<10).map { (index: index, path: "train/\(name)/\($0).png") }
    }
    // Stripes are there in the second and third folder; the fourth has both.
    let labels = files.map { "\($0.path),\(["", "lying", "standing", "lying;standing"][$0.index])" }
    var sigmoid = order(learningByHeart(.sigmoid, epochs: 30), named: "labels", run: "labels-run")
    sigmoid.sources.data = [
      try folder.add("labels.csv", Array("file,labels\n\(labels.joined(separator: "\n"))\n".utf8))
    ]
    sigmoid.sources.validation = sigmoid.sources.data
    let labelled = try manifest(run(sigmoid).outcome)
    #expect(labelled.labels?.map(\.name) == ["lying", "standing"] && labelled.output == .sigmoid)
    #expect(labelled.training?.data.counts == [20, 20])
    #expect(try #require(labelled.training?.measured?.accuracy) > 0.95)

    let numbers = files.map { "\($0.path),\(100 + 10 * $0.index)" }
    var configuration = learningByHeart(.value, epochs: 30)
    configuration.unit = "mm"
    var value = order(configuration, named: "numbers", run: "numbers-run")
    value.sources.data = [
      try folder.add("numbers.csv", Array("file,height\n\(numbers.joined(separator: "\n"))\n".utf8))
    ]
    value.sources.validation = value.sources.data
    let (outcome, history) = try run(value)
    let measured = try manifest(outcome)
    #expect(measured.output == .value && measured.unit == "mm" && measured.calibration == nil)
    #expect(measured.labels?.map(\.name) == ["height"])
    let error = try #require(measured.training?.measured?.meanAbsoluteError)
    // Always saying the mean is 10 mm off.
    #expect(error < 4 && measured.training?.measured?.accuracy == nil)
    #expect(history.allSatisfy { $0.accuracy == nil && $0.meanAbsoluteError != nil })
    // What is exported says values, not multiples of their deviation.
    let classifier = try store.load("numbers")
    let engine = Engine(threadCount: 1)
    let images = try LabelledImages(value.sources.data, for: .value)
    let loader = BatchLoader(
      images, preprocessing: measured.preprocessing, augmentation: nil, batchSize: 40, seed: 0, pool: engine.pool)
    let batch = try loader.batch(epoch: 0, number: 0)
    let said = classifier.network(Tape(engine: engine).constant(batch.images)).value.elements
    let targets = try #require(images.targets)
    let mean = zip(said, batch.items).reduce(0) { $0 + abs(Double($1.0) - Double(targets[$1.1][0])) } / 40
    #expect(abs(mean - error) < 0.01)
  }

  @Test("folders tell no values, and a table no softmax")
  func wrongData() throws {
    let engine = Engine(threadCount: 1)
    #expect(throws: TrainingError.self) { try TrainingRun(order(learningByHeart(.value, epochs: 1)), on: engine) }
    var softmax = order(configuration())
    softmax.sources.data = [try folder.add("t.csv", Array("file,labels\na.png,b\n".utf8))]
    #expect(throws: TrainingError.self) { try TrainingRun(softmax, on: engine) }
  }

  @Test("a network that takes one size only says so")
  func sizes() {
    var configuration = configuration()
    configuration.network = "vgg16"
    let error = #expect(throws: TrainingError.self) {
      try TrainingRun(order(configuration), on: Engine(threadCount: 1))
    }
    #expect(error.map { "\($0)".contains("224") } == true)
  }
}

/// Transfer from a network of the store: one with random weights, which is enough to see what moves and what does not.
@Suite("Transfer")
struct TransferTests {
  let folder: ScratchFolder
  let store: ModelStore

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("models"))
    try DrawnClasses.draw(6, classes: 3, side: 32, into: folder("train"))
    let architecture = try #require(Architecture.named("efficientnet-lite0"))
    let weights = try TrainableNetwork(
      architecture, InitialWeights(of: architecture, classes: 10, seed: 5), TrainableLayers()
    ).weights()
    _ = try store.install(
      ModelManifest(
        name: "base", title: "Base", architecture: architecture.name, preprocessing: architecture.preprocessing,
        labels: Labels.unnamed(count: 10).classes, classCount: 10, parameterCount: 1, targetLayer: "head",
        weightsSHA256: "", sourceSHA256: "0", calibration: .fixed(7)), weights: weights)
  }

  private func train(
    _ unfrozen: TrainingConfiguration.Trained?, name: String, stop: Int = .max, resumes: Bool = false
  ) throws -> ModelManifest? {
    var configuration = TrainingRecipe.fromBase(
      "base", network: "efficientnet-lite0", size: 32, seed: 1, unfrozen: unfrozen)
    for index in configuration.phases.indices {
      configuration.phases[index].epochs = 2
      configuration.phases[index].batchSize = 6
    }
    let order = TrainingRun.Order(
      sources: .init(name: name, data: [folder("train")], validation: [folder("train")], validationShare: nil),
      configuration: configuration, folder: RunFolder(path: folder("run-" + name)), store: store, resumes: resumes,
      version: "test")
    var steps = 0
    let outcome = try TrainingRun(order, on: Engine(threadCount: 2)).run(
      report: { if case .step = $0 { steps += 1 } }, isCancelled: { steps >= stop })
    if case .trained(let manifest) = outcome { return manifest }
    return nil
  }

  /// Names of the parameters that differ from the base's.
  private func changed(_ name: String) throws -> Set<String> {
    let (base, trained) = (try store.storedWeights(of: "base"), try store.storedWeights(of: name))
    #expect(Set(base.names) == Set(trained.names))
    return Set(
      try trained.names.filter { try trained.values(of: $0, .vector) != base.values(of: $0, .vector) })
  }

  @Test("a frozen network's last layer alone is trained")
  func frozen() throws {
    let manifest = try #require(try train(nil, name: "frozen"))
    #expect(manifest.classCount == 3)
    #expect(manifest.training?.base?.name == "base")
    // The temperature of the base was of other classes.
    #expect(manifest.calibration?.images == 18 && manifest.calibration?.temperature != 7)
    #expect(try changed("frozen") == ["_fc.weight", "_fc.bias"])
    #expect(try store.load("frozen").network.classCount == 3)
  }

  @Test("of the last stages what belongs to them is trained, and the running statistics of the base stay")
  func lastStages() throws {
    _ = try #require(try train(.stages(2), name: "two"))
    let changed = try changed("two")
    #expect(changed.allSatisfy { ["_fc.", "_conv_head.", "_bn1.", "_blocks.15."].contains(where: $0.hasPrefix) })
    for part in ["_conv_head.weight", "_bn1.weight", "_blocks.15._project_conv.weight", "_fc.bias"] {
      #expect(changed.contains(part))
    }
    #expect(!changed.contains { $0.contains("running") })
  }

  @Test("all of a network can be trained, and a run goes on from within either phase", arguments: [3, 8])
  func all(stop: Int) throws {
    let whole = try #require(try train(.all, name: "all"))
    #expect(try changed("all").contains("_conv_stem.weight"))
    #expect(try train(.all, name: "parts", stop: stop) == nil)
    let parts = try #require(try train(.all, name: "parts", resumes: true))
    #expect(parts.weightsSHA256 == whole.weightsSHA256)
  }

  @Test("features of the frozen network are what its last layer reads")
  func features() throws {
    let engine = Engine(threadCount: 1)
    let images = try LabelledImages(folders: [folder("train")])
    for name in ["efficientnet-lite0", "squeezenet1.1"] {
      let architecture = try #require(Architecture.named(name))
      let weights = try InitialWeights(of: architecture, classes: 3, seed: 2)
      let network = try architecture.build(WeightReader(weights))
      let preprocessing = architecture.preprocessing.filling(side: 64)
      let loader = BatchLoader(
        images, preprocessing: preprocessing, augmentation: nil, batchSize: 4, seed: 0, pool: engine.pool)
      let features = try #require(
        try Features(network, loader, epoch: 0, copies: 1, on: engine) { _ in true })
      #expect(features.count == 18)
      let batch = try loader.batch(epoch: 0, number: 1)
      let logits = network(Tape(engine: engine).constant(batch.images)).value.elements
      let read = network.head!.classify(Tape(engine: engine).constant(features.batch(batch.items, in: engine.pool)))
      #expect(read.value.elements == logits, "\(name)")
    }
  }
}

@Suite("Stages and their parameters")
struct StageParametersTests {
  @Test("every parameter has a stage, and counting from the end leaves the logits out")
  func stages() throws {
    let architecture = try #require(Architecture.named("small-cnn"))
    let trainable = try TrainableNetwork(
      architecture, InitialWeights(of: architecture, classes: 3, seed: 0), TrainableLayers())
    let before = trainable.statistics.map(\.value.elements)
    let stages = StageParameters(of: trainable, inputShape: [1, 16, 16, 3], on: Engine(threadCount: 1))
    #expect(trainable.statistics.map(\.value.elements) == before)
    #expect(trainable.parameters.allSatisfy { stages.stage(of: $0.parameter.name) != nil })
    #expect(stages.stage(of: "features.0.1.weight") == 0)
    let last = trainable.network.stages.count - 1
    #expect(stages.stage(of: "classifier.bias") == last)
    #expect(stages.first(ofLast: 1) == last - 1)
    #expect(stages.first(ofLast: last) == 0 && stages.first(ofLast: 99) == 0)
  }
}
