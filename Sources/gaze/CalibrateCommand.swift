import ArgumentParser
import Autodiff
import Explain
import Foundation
import Models
import Networks
import Synchronization
import Training

/// `gaze models calibrate`: probabilities that mean what they say.
struct CalibrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fits a model's temperature on labelled images, so that its probabilities mean what they say.",
    discussion: """
      A model that says 90 % should be right nine times in ten. One number, the temperature, is found, by which the logits are divided \
      before they become probabilities; answers, logits and maps of logits stay as they are. 'gaze train' does it by itself with its validation \
      images.

      The data are a folder with one folder of images for each class, or a table, as for 'gaze evaluate': images like those that the model is for, which it \
      was not trained on. Measure with others again. A service that runs takes the temperature up with the next request.

        gaze models calibrate efficientnet-lite0 --data photos/labelled
        gaze models calibrate efficientnet-lite0 --remove
      """)

  @Argument(help: "The model's name, as 'gaze models list' shows it.")
  var name: String

  @Option(
    name: .customLong("data"),
    help: ArgumentHelp("A folder with one folder of images for each class; may be given again.", valueName: "folder"),
    completion: .directory)
  var data: [String] = []

  @OptionGroup var decoding: DecodingOptions

  @Flag(help: "Takes the temperature away: probabilities are then those of the logits as they are.")
  var remove = false

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    guard remove != !data.isEmpty else {
      throw ValidationError(
        remove ? "--remove and --data exclude each other." : "--data names the folder of labelled images.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let store = ModelStore.standard()
      if remove { try removeTemperature(from: store) } else { try await calibrate(in: store) }
    }
  }

  /// Takes the temperature away, and says so.
  func removeTemperature(from store: ModelStore) throws {
    let manifest = try store.manifest(of: name)
    guard let fit = manifest.calibration else {
      print("\(name) has no temperature; nothing was changed.")
      return
    }
    _ = try store.calibrate(name, to: nil, weightsSHA256: manifest.weightsSHA256)
    print("The temperature \(String(format: "%.4f", fit.temperature)) of \(name) is taken away.")
  }

  /// Fits the temperature, stores it, and says what it changed.
  func calibrate(in store: ModelStore) async throws {
    let classifier = try store.load(name)
    guard classifier.output.isProbability else {
      throw Failure(
        .badData,
        "\(name) gives values, which are no probabilities: there is nothing to calibrate. "
          + "'gaze evaluate' says how far off they are.")
    }
    let engine = Engine(threadCount: threads ?? Workers.onlineProcessors)
    let images = try images(for: classifier, on: engine)
    try requireEnough(images.items.count)
    let evaluator = ImageEvaluator(
      classifier: classifier, method: nil, layers: [], masks: nil, window: try decoding.sampleWindow, engine: engine)
    let rows = Mutex<[Int: [Float]]>([:])
    let result = try await runBatch(Array(images.items.indices), on: engine) { index, _, _ in
      let logits = try evaluator.analyse(file: images.items[index].path).analysis.pass.logits
      rows.withLock { $0[index] = logits }
      return .done
    }
    if result.isInterrupted {
      FileHandle.standardError.write(Data("Stopped before the end; nothing was changed.\n".utf8))
      throw ExitCode(130)
    }
    var logits = LabelledLogits(classCount: classifier.labels.count, output: classifier.output)
    // In the order of the images, so that the same ones give the same bits.
    for (index, row) in rows.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      if classifier.output == .sigmoid {
        logits.add(row, ofClasses: images.items[index].classes)
      } else {
        logits.add(row, of: images.items[index].classes[0])
      }
    }
    if logits.count < TemperatureFit.fewestImages { result.listBad() }
    try requireEnough(logits.count)
    let fit = TemperatureFit(
      to: logits, folders: data.map(absolutePath), fingerprint: images.fingerprint, version: gazeVersion)
    let manifest = try store.calibrate(name, to: fit, weightsSHA256: classifier.manifest.weightsSHA256)
    print(Self.text(manifest, fit, classCount: Set(images.items.flatMap(\.classes)).count, doubts: images.doubts))
    try endWith(unreadable: images.unreadable, result.bad)
  }

  /// What the temperature is fitted on.
  private struct Images {
    /// With the classes that are there: of softmax one.
    let items: [(path: String, classes: [Int])]
    let fingerprint: String
    var doubts: [String] = []
    var unreadable: [SkippedFile] = []
  }

  /// Those of the folders, or of a table of what is there.
  private func images(for classifier: Classifier, on engine: Engine) throws -> Images {
    if let table = try LabelTable(data, for: classifier) {
      return Images(
        items: table.rows.map { row in (row.path, row.targets.indices.filter { row.targets[$0] == 1 }) },
        fingerprint: table.fingerprint)
    }
    let images = try EvaluationData(
      data, for: classifier.labels, trainedAs: classifier.manifest.training, on: engine.workers)
    return Images(
      items: images.items.map { ($0.path, [$0.classIndex]) }, fingerprint: images.fingerprint, doubts: images.doubts,
      unreadable: images.unreadable)
  }

  private func requireEnough(_ count: Int) throws(Failure) {
    guard count < TemperatureFit.fewestImages else { return }
    throw Failure(
      .badData,
      "\(data.joined(separator: ", ")): \(count) \(count == 1 ? "image is" : "images are") too few to fit a temperature on; "
        + "\(TemperatureFit.fewestImages) at least are needed, and some hundred are better.")
  }

  /// What was fitted, before and after.
  static func text(
    _ manifest: ModelManifest, _ fit: TemperatureFit, classCount: Int, doubts: [String]
  ) -> String {
    func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
    func decimal(_ value: Double) -> String { String(format: "%.4f", value) }
    let (before, after) = (fit.before, fit.after)
    var lines = [
      "\(manifest.name) on \(fit.folders.joined(separator: ", ")): \(fit.images) images of \(classCount) of "
        + "\(manifest.classCount) classes", "",
    ]
    if !doubts.isEmpty { lines += doubts + [""] }
    lines += EvaluationText.table(
      [
        ["", "before", "after"], ["temperature", "1", decimal(fit.temperature)],
        ["calibration error", percent(before.expectedCalibrationError), percent(after.expectedCalibrationError)],
        ["log loss", decimal(before.negativeLogLikelihood), decimal(after.negativeLogLikelihood)],
        ["mean confidence", percent(before.meanConfidence), percent(after.meanConfidence)],
      ], leading: [0])
    if let doubt = fit.doubt {
      lines += ["", doubt + "; 'gaze models calibrate \(manifest.name) --remove' takes it away"]
    }
    lines += [
      "", "These are the images that the temperature was fitted to; 'gaze evaluate' measures it on others.",
    ]
    return lines.joined(separator: "\n")
  }
}
