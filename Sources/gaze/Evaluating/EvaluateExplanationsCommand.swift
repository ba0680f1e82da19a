import ArgumentParser
import Autodiff
import Drawing
import Explain
import Foundation
import Images
import Models
import Networks

/// `gaze evaluate explanations`: the faithfulness of methods over photographs.
struct EvaluateExplanationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explanations",
    abstract: "Measures whether maps are faithful to the network, beside maps that know nothing of the image.",
    discussion: """
      Explains each photograph's top class by each method and measures the maps (docs/faithfulness.md says what, and what to beware of).
      --out gets MODEL/NAME.json (the whole report of a photograph), photographs.csv, means.csv, means.md, and the mean curves
      as SVG and PNG. Reports that are there already with the same settings are not made again.

        gaze evaluate explanations photos --out faithfulness
        gaze evaluate explanations photos --method grad-cam --method rise:masks=500 --steps 224 --out faithfulness
      """)

  /// What costs no more than some fifty passes a photograph, one of each kind.
  static let standardMethods = [
    "grad-cam", "grad-cam++", "hirescam", "xgrad-cam", "layercam", "eigen-cam", "eigen-grad-cam", "saliency",
    "input-x-gradient", "integrated-gradients", "guided-backprop", "guided-grad-cam",
  ]

  @Argument(
    help: ArgumentHelp(
      "Photographs (JPEG, PNG or WebP), folders of them, or patterns such as 'photos/*.jpg'.", valueName: "photo"),
    completion: .file())
  var photos: [String]

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "A model, as 'gaze models list' shows it; may be given again. Default: \(CatalogEntry.defaultName).",
      valueName: "model"))
  var models: [String] = []

  @Option(
    name: .customLong("method"),
    help: ArgumentHelp(
      "A method, as 'gaze methods' lists it, with parameters after a colon (rise:masks=500,seed=1); may be given again. "
        + "Default: \(standardMethods.joined(separator: ", ")).", valueName: "method"), transform: MethodText.init)
  var methods: [MethodText] = []

  @OptionGroup(title: "Photographs")
  var decoding: DecodingOptions

  @OptionGroup(title: "What to measure")
  var measuring: MetricOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the results.", valueName: "folder"))
  var out: String

  @Flag(inversion: .prefixedNo, help: "Leave alone the reports that an earlier run finished.")
  var resume = true

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    guard Set(models).count == models.count else { throw ValidationError("--model names a model twice.") }
    let texts = methods.map(\.text)
    guard Set(texts).count == texts.count else { throw ValidationError("--method names a method twice.") }
  }

  func run() async throws {
    try await reportingFailures {
      if FileManager.default.fileExists(atPath: out) && !isFolder(out) {
        throw Failure(.usage, "\(out) is a file; the results need a folder.")
      }
      let photographs = findPhotographs(photos, besides: out)
      guard !photographs.isEmpty else {
        throw Failure(.noInput, "there is no JPEG, PNG or WebP file in \(photos.joined(separator: ", ")).")
      }
      let evaluations = try evaluations()
      let jobs = evaluations.flatMap { evaluation in photographs.map { Job(evaluation: evaluation, photograph: $0) } }
      let (folder, resumes) = (out, resume)
      let engine = Engine(threadCount: threads ?? Workers.onlineProcessors)
      let result = try await runBatch(jobs, on: engine) { job, engine, progress in
        try job.run(into: folder, resumes: resumes, on: engine, progress: progress)
      }
      if !result.isInterrupted {
        let bad = Set(result.bad.map(\.item))
        try writeTables(evaluations, of: jobs.indices.filter { !bad.contains($0) }.map { jobs[$0] })
      }
      try result.report(verb: "evaluated")
    }
  }

  private func evaluations() throws -> [Evaluation] {
    let library = ModelLibrary(store: .standard())
    let methods = methods.isEmpty ? try Self.standardMethods.map(MethodText.init) : methods
    let asked: FaithfulnessAsk
    let window: SampleWindow?
    do throws(AskError) {
      asked = try measuring.ask(methods.map(\.choice))
      window = try decoding.sampleWindow
    } catch {
      throw Failure(error)
    }
    let evaluations = try (models.isEmpty ? [CatalogEntry.defaultName] : models).map { name in
      let classifier = try library.classifier(name)
      let suiting: FaithfulnessAsk
      do throws(AskError) { suiting = try asked.suiting(classifier) } catch { throw Failure(error) }
      return Evaluation(
        classifier: classifier, methods: methods, metrics: suiting.metrics, rules: asked.rules, window: window,
        store: library.store)
    }
    guard Set(evaluations.map { $0.classifier.output.isProbability }).count == 1 else {
      throw Failure(
        .usage, "a score of probabilities and one of values do not go into one table; evaluate these models apart.")
    }
    return evaluations
  }

  // MARK: Tables

  private func writeTables(_ evaluations: [Evaluation], of jobs: [Job]) throws {
    var tables: [FaithfulnessTable] = []
    for evaluation in evaluations {
      let own = jobs.filter { $0.evaluation.classifier.name == evaluation.classifier.name }
      guard !own.isEmpty else { continue }
      let records = try own.map { job in
        do {
          return try JSONDecoder().decode(EvaluationRecord.self, from: Data(try readFile(job.report(in: out))))
        } catch let error as DecodingError {
          throw Failure(.fault, "\(job.report(in: out)) cannot be read back: \(error)")
        }
      }
      let table = FaithfulnessTable(
        model: evaluation.classifier.name, methods: evaluation.methods.map(\.text), metrics: evaluation.metrics,
        records: records)
      tables.append(table)
      for metric in [FaithfulnessMetric.deletion, .insertion] {
        guard let plot = table.plot(of: metric, score: evaluation.score) else { continue }
        let path = "\(out)/\(table.model)/\(metric.rawValue)-curves"
        let figure = try plot.figure()
        try writeFile(Data(figure.svg().utf8), to: path + ".svg")
        try writeFile(encodePNG(try figure.rgb()), to: path + ".png")
      }
    }
    guard let first = tables.first else { return }
    try writeFile(csv([first.meanHeading] + tables.flatMap(\.meanRows)).utf8, to: out + "/means.csv")
    try writeFile(
      csv([first.photographHeading] + tables.flatMap(\.photographRows)).utf8, to: out + "/photographs.csv")
    let markdown = tables.map { "## \($0.model), \($0.size)\n\n\($0.markdown)" }
      .joined(separator: "\n")
    let text = markdown + "\n" + evaluations[0].protocolText + "\n"
    try writeFile(text.utf8, to: out + "/means.md")
    print(text)
  }
}

/// One model's part of a run.
private struct Evaluation: Sendable {
  let classifier: Classifier
  let methods: [MethodText]
  let metrics: Set<FaithfulnessMetric>
  let rules: FaithfulnessProtocol
  let window: SampleWindow?
  let store: ModelStore

  /// nil where nothing is to be randomised.
  func randomiser() throws(ModelStoreError) -> ModelRandomiser? {
    metrics.contains(.randomisation) ? try store.randomiser(of: classifier, seed: rules.seed) : nil
  }

  var score: String { rules.score.name(for: classifier.output) }

  var request: EvaluationRequest {
    EvaluationRequest(
      gaze: gazeVersion, model: classifier.name, weightsSHA256: classifier.manifest.weightsSHA256,
      temperature: classifier.manifest.calibration?.temperature,
      methods: methods.map(\.text), metrics: metrics.map(\.rawValue).sorted(), score: score,
      steps: rules.steps, roadPercentages: rules.roadPercentages, seed: rules.seed, window: window?.text)
  }

  /// What the numbers depend on, in a sentence.
  var protocolText: String {
    var parts = ["Means over the photographs; each one's top class is explained."]
    if !metrics.isDisjoint(with: [.deletion, .insertion, .road]) { parts.append("Score: \(score).") }
    let baselines = [
      metrics.contains(.deletion) ? "deletion to \(rules.deletionBaseline.rawValue)" : nil,
      metrics.contains(.insertion) ? "insertion from \(rules.insertionBaseline.rawValue)" : nil,
    ].compactMap(\.self)
    if !baselines.isEmpty { parts.append("\(rules.steps) steps of \(baselines.joined(separator: " and of ")).") }
    if metrics.contains(.road) {
      parts.append("ROAD at \(rules.roadPercentages.map(String.init).joined(separator: ", ")) %.")
    }
    if metrics.contains(.sensitivity) {
      parts.append("Max-sensitivity over \(rules.sensitivitySamples) changes of at most \(rules.sensitivityRadius).")
    }
    if metrics.contains(.randomisation) {
      parts.append("Randomised: Spearman's correlation with the map of the network whose layers are all random.")
    }
    if let window { parts.append("Samples are stretched from \(window.low) to \(window.high).") }
    parts.append(
      "Seed \(rules.seed). Maps in italics are controls, which know nothing of the image. Gaze \(gazeVersion).")
    return parts.joined(separator: " ")
  }
}

/// One photograph by one model.
private struct Job: Sendable {
  let evaluation: Evaluation
  let photograph: Photograph

  func report(in folder: String) -> String { "\(folder)/\(evaluation.classifier.name)/\(photograph.stem).json" }

  func run(
    into folder: String, resumes: Bool, on engine: Engine, progress: PassProgress
  ) throws -> BatchAccount.Outcome {
    let bytes = try readFile(photograph.path)
    let provenance = Provenance(source: Source(photograph, bytes), request: evaluation.request)
    let path = report(in: folder)
    if resumes && provenance.isFound(in: path) { return .skipped }

    let record: EvaluationRecord
    do {
      record = try measure(bytes, provenance, on: engine, progress: progress)
    } catch let error as AnalysisError {
      throw Failure(error, file: photograph.path)
    } catch let error as AttributionError {
      if error == .cancelled { throw error }
      throw Failure(.badData, "\(photograph.path): \(error)")
    }
    try makeFolder(for: path)
    try writeFile(json(record), to: path)
    return .done
  }

  private func measure(
    _ bytes: [UInt8], _ provenance: Provenance<EvaluationRequest>, on engine: Engine, progress: PassProgress
  ) throws -> EvaluationRecord {
    let analysis = try Analysis(of: bytes, by: evaluation.classifier, on: engine, window: evaluation.window)
    let target = analysis.topTarget
    let subjects = try evaluation.methods.map { text in
      let method = text.method
      return FaithfulnessSubject(try analysis.explain(method, target: target, progress: quiet), by: method)
    }
    let report = try analysis.pass.evaluate(
      subjects, target: target, metrics: evaluation.metrics, protocol: evaluation.rules,
      randomiser: evaluation.randomiser(), progress: progress)
    return EvaluationRecord(report, analysis.prediction(target.classIndex), provenance)
  }

  /// Explaining is short beside measuring: it can be cancelled, and does not show.
  private var quiet: PassProgress {
    PassProgress(report: { _, _ in }, isCancelled: { Interruption.isRequested })
  }
}
