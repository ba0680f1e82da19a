import ArgumentParser
import Autodiff
import Explain
import Foundation
import Interventions
import Models
import Networks
import Training

/// `gaze evaluate` itself: how good a model is on labelled images.
struct EvaluateModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Measures how good a model is on labelled images (what 'gaze evaluate' does by itself).",
    discussion: """
      The data are a folder with one folder of images for each class, named like the model's classes (label, label with a number before it,
      WordNet id or index). For a model of sigmoids or values (docs/outputs.md) they are a CSV file with a column 'file' and a column 'labels'
      (classes, separated by ;) or one of numbers for each output; then the area under the ROC and F1 of each class, or the mean absolute
      error, are printed. Else prints accuracy, each class's precision, recall and F1, the confusion matrix and the expected calibration error,
      of a model with a temperature ('gaze models calibrate') also what it would be without.

      --report writes a folder with index.html, which opens from disk: the same as pictures, every mistake with the maps of the right
      and of the given answer, and the mean map of each class. It also changes pictures and counts the answers that flip beside a control:
      a model that knows a mug by the table or by a sticker is found by that (--interventions does it without a report).
      docs/evaluation.md defines each number. --keep keeps the report with the model instead, where the page of 'gaze serve' shows it.

        gaze evaluate --model mugs --data mugs/test
        gaze evaluate --model mugs --data mugs/test --report mugs-report
        gaze evaluate --model mugs --data mugs/test --keep
        gaze evaluate --model mugs --data mugs/test --json > numbers.json
        gaze evaluate --model mugs --data mugs/test --fail-on-shortcut
      """)

  @Option(help: "The model, as 'gaze models list' shows it.")
  var model: String

  @Option(
    name: .customLong("data"),
    help: ArgumentHelp("A folder with one folder of images for each class; may be given again.", valueName: "folder"),
    completion: .directory)
  var data: [String]

  @OptionGroup
  var decoding: DecodingOptions

  @Option(help: ArgumentHelp("Write a report into this folder.", valueName: "folder"), completion: .directory)
  var report: String?

  @Flag(
    help: """
      Keep the report with the model: the page shows it under Model, until the model is replaced or its preprocessing changed.
      """)
  var keep = false

  @Option(
    help: ArgumentHelp(
      "How the report explains, as 'gaze methods' lists it, with parameters after a colon (rise:masks=500).",
      valueName: "method"), transform: MethodText.init)
  var method: MethodText?

  @Option(
    name: .customLong("layer"),
    help: ArgumentHelp(
      "The layer that the report's maps look at; may be given again. Default: the model's own.", valueName: "layer"))
  var layers: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where the object of each image is, white on black, as PNG under the image's own name: 0white/17.png. Default: estimated.",
      valueName: "folder"), completion: .directory)
  var masks: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Change pictures and count what the answers hang on (docs/evaluation.md). Default: with --report.")
  var interventions: Bool?

  @Flag(
    help: "End with exit code \(Failure.Code.shortcut.rawValue) if an answer leans on something beside the object.")
  var failOnShortcut = false

  @Flag(help: "Print JSON instead of tables.")
  var json = false

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    guard !data.isEmpty else { throw ValidationError("--data names the folder of labelled images.") }
    guard report == nil || !keep else {
      throw ValidationError("--report writes a folder, --keep puts the report into the store; choose one of the two.")
    }
    guard report != nil || keep || (method == nil && layers.isEmpty && masks == nil) else {
      throw ValidationError("--method, --layer and --masks are about the report's maps; they need --report or --keep.")
    }
    guard !failOnShortcut || interventions != false else {
      throw ValidationError("--fail-on-shortcut needs the interventions; leave out --no-interventions.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let store = ModelStore.standard()
      try await evaluate(
        ModelLibrary(store: store).classifier(model), in: store,
        on: Engine(threadCount: threads ?? Workers.onlineProcessors))
    }
  }

  /// Evaluates a model of a store, prints the result and writes the report.
  func evaluate(_ classifier: Classifier, in store: ModelStore = .standard(), on engine: Engine) async throws {
    let evaluator = try evaluator(of: classifier, on: engine)
    if let table = try table(for: classifier) {
      try await evaluate(evaluator, on: table)
      return
    }
    let folder = try (keep ? store.newReportFolder(of: classifier.name) : report).map(ReportFolder.init)
    let images = try EvaluationData(
      data, for: classifier.labels, trainedAs: classifier.manifest.training, on: engine.workers)
    let isLookedAt = Set(images.items.map(\.classIndex)).count <= ConfusionPlot.mostClasses
    let account = EvaluationAccount(keepsClasses: isLookedAt)
    let intervening = intervenes ? Intervening(images.items, by: evaluator) : nil

    let result = try await runBatch(Array(images.items.indices), on: engine) { index, _, _ in
      let item = images.items[index]
      let (analysis, decoded) = try evaluator.analyse(item)
      let explained = try evaluator.method.map { try evaluator.explain(analysis, decoded, item, by: $0) }
      try intervening?.add(index, item, decoded, explained)
      account.add(ImageRecord(item, analysis, explained?.evidence), at: index, explained)
      return .done
    }
    if result.isInterrupted { try Self.stop() }
    let bad =
      images.skipped.map { ModelEvaluation.Skipped($0) }
      + result.bad.map { ModelEvaluation.Skipped(images.items[$0.item], $0.reason) }
    let gathered = account.current
    guard !gathered.records.isEmpty else {
      result.listBad()
      throw Failure(.badData, "none of the \(images.items.count) images could be evaluated.")
    }
    let shortcuts = try intervening?.run()
    if intervening != nil && shortcuts == nil { try Self.stop() }
    let evaluation = ModelEvaluation(
      gathered, of: images, skipped: bad, by: evaluator, method: method, shortcuts: shortcuts)
    if let folder {
      let isComplete = try await folder.write(evaluation, of: images, by: evaluator, on: engine)
      if !isComplete {
        if keep { try? FileManager.default.removeItem(atPath: folder.path) }
        try Self.stop()
      }
      if keep {
        try store.keepReport(
          folder.path, of: classifier.name, weightsSHA256: classifier.manifest.weightsSHA256)
      }
    }
    FileHandle.standardOutput.write(
      try json ? gaze.json(evaluation.summary) : Data(EvaluationText(evaluation).text.utf8))
    if let folder {
      let place = keep ? "kept with the model; the page of 'gaze serve' shows it" : "\(folder.path)/index.html"
      FileHandle.standardError.write(Data("The report is \(place).\n".utf8))
    }
    try endWith(unreadable: images.unreadable, result.bad)
    if failOnShortcut, shortcuts?.verdict == .reliance { throw ExitCode(Failure.Code.shortcut.rawValue) }
  }

  /// Whether pictures are to be changed: where that was asked for, or a report was and nobody said no.
  private var intervenes: Bool { interventions ?? (report != nil || keep || failOnShortcut) }

  /// The images where a table says what they are labelled with; nil where folders do.
  private func table(for classifier: Classifier) throws -> LabelTable? {
    guard let table = try LabelTable(data, for: classifier) else { return nil }
    guard interventions != true && !failOnShortcut else {
      throw Failure(
        .usage,
        "interventions count flips between classes of which an image has one; leave out --interventions and "
          + "--fail-on-shortcut for a table.")
    }
    guard report == nil && !keep else {
      throw Failure(
        .usage,
        "a report shows the mistakes between classes of which an image has one; without --report the numbers are "
          + "printed, with --json those of each image too.")
    }
    return table
  }

  private func evaluate(_ evaluator: ImageEvaluator, on table: LabelTable) async throws {
    let answers = Guarded<[Int: [Float]]>([:])
    let result = try await runBatch(Array(table.rows.indices), on: evaluator.engine) { index, _, _ in
      let logits = try evaluator.analyse(file: table.rows[index].path).analysis.pass.logits
      answers.withLock { $0[index] = logits }
      return .done
    }
    if result.isInterrupted { try Self.stop() }
    guard let evaluation = TableEvaluation(answers.withLock { $0 }, of: table, by: evaluator) else {
      result.listBad()
      throw Failure(.badData, "none of the \(table.rows.count) images could be evaluated.")
    }
    FileHandle.standardOutput.write(try json ? gaze.json(evaluation) : Data(evaluation.text.utf8))
    try endWith(unreadable: [], result.bad)
  }

  private func evaluator(of classifier: Classifier, on engine: Engine) throws -> ImageEvaluator {
    var ask = Ask()
    ask.method = method?.choice ?? ask.method
    ask.layers = layers
    do throws(AskError) {
      ask.window = try decoding.sampleWindow
      _ = try ask.resolved(in: classifier, spelling: .commandLine)
    } catch {
      throw Failure(error)
    }
    let method = report != nil || keep ? ask.method.method : nil
    if let masks, !isFolder(masks) { throw Failure(.noInput, "\(masks) is no folder of masks.") }
    return ImageEvaluator(
      classifier: classifier, method: method, layers: layers, masks: masks, window: ask.window, engine: engine)
  }

  /// Ctrl-C: nothing is said of a part of the images, since it might be one class alone.
  private static func stop() throws -> Never {
    FileHandle.standardError.write(Data("Stopped before the end; there is no result.\n".utf8))
    throw ExitCode(130)
  }

}

/// Lists what could not be read, and fails if there is any.
func endWith(unreadable: [SkippedFile], _ bad: [(item: Int, reason: String)]) throws {
  let lines = unreadable.map { "\($0.path): \($0.reason)" } + bad.map(\.reason)
  guard !lines.isEmpty else { return }
  for line in lines { FileHandle.standardError.write(Data("gaze: \(line)\n".utf8)) }
  FileHandle.standardError.write(Data("gaze: \(lines.count) images could not be read and do not count.\n".utf8))
  throw ExitCode(Failure.Code.badData.rawValue)
}
