import Drawing
import Explain
import Foundation
import Images
import Models
import Networks
import Synchronization
import Training

/// How far a training run is: on a terminal one line that is written over, and one that stays for each epoch; else
/// plain lines. And the pictures of its learning curves.
final class TrainingDisplay: Sendable {
  private let folder: RunFolder
  private let line = Mutex(ProgressLine())

  init(folder: RunFolder) { self.folder = folder }

  func show(reading done: Int, of total: Int) { showLine { "reading images: \(done) of \(total)" } }

  /// What is about to be trained, on what.
  func begin(_ run: TrainingRun) {
    let classes = zip(run.data.classes, run.data.counts).map { "\($0) \($1)" }.joined(separator: ", ")
    let configuration = run.order.configuration
    if let note = run.splitNote { print(note) }
    print(
      run.order.configuration.output == .value
        ? "\(run.data.items.count) images with \(run.data.classes.joined(separator: ", "))"
        : "\(run.data.items.count) images of \(run.data.classes.count) classes: \(classes)")
    if let validation = run.validation {
      let isSplit = run.order.sources.validationShare != nil
      print("validated on \(validation.items.count) images\(isSplit ? " that are held back" : "")")
    } else {
      print("validated on nothing: the last weights are kept, and no accuracy is measured")
    }
    let skipped = run.data.skipped + (run.validation?.skipped ?? [])
    if !skipped.isEmpty { print("\(skipped.count) files are left out:") }
    for file in skipped { print("  \(file.path): \(file.reason)") }
    for line in run.findings?.lines(measured: "validation") ?? [] { print(line) }
    let begin = configuration.base.map { "from \($0)" } ?? "from scratch"
    print(
      "\(configuration.network) \(begin), \(configuration.size) x \(configuration.size) pixels, seed \(configuration.seed); "
        + "the run's folder is \(folder.path)")
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .preparation(let what, let done, let total): showLine { "\(what): \(done) of \(total)" }
    case .step(let step): showLine { Self.line(step) }
    case .epoch(let history):
      if let record = history.last { print(Self.line(record)) }
      // A picture that cannot be written is no reason to stop; the history says why.
      do { try draw(history) } catch { print("the curves cannot be drawn: \(error)") }
    }
  }

  func end(_ manifest: ModelManifest, store: ModelStore) {
    line.withLock { $0.end() }
    guard let training = manifest.training else { return }
    var text = "\(manifest.name) is in \(store.path)"
    if let measured = training.measured {
      let unit = manifest.unit.map { " " + $0 } ?? ""
      func told(_ measured: TrainingReceipt.Measurement) -> String {
        Self.told(measured.accuracy, measured.meanAbsoluteError, unit: unit)
      }
      text += ": \(told(measured)) in validation (epoch \(training.epoch) of \(training.epochs)"
      if let last = training.measuredLast, training.epoch != training.epochs {
        text += "; \(told(last)) after the last epoch"
      }
      text += ")"
    } else {
      text += ". No accuracy was measured: nothing was validated"
    }
    Swift.print(text)
    if let calibration = training.calibration { Swift.print(Self.line(calibration)) }
    Swift.print("gaze serve shows what it looks at; gaze evaluate --model \(manifest.name) --data FOLDER measures it.")
  }

  func interrupted(name: String, out: String?) {
    line.withLock { $0.end() }
    Swift.print("Stopped. gaze train --resume --name \(name)\(out.map { " --out \($0)" } ?? "") goes on from here.")
  }

  private func showLine(_ text: () -> String) {
    line.withLock { line in
      let now = ContinuousClock.now
      if line.isDue(at: now) { line.show(text(), at: now) }
    }
  }

  private func print(_ text: String) { line.withLock { $0.print(text) } }

  // MARK: - Texts

  static func line(_ step: StepReport) -> String {
    let phase = step.phases > 1 ? "phase \(step.phase) of \(step.phases), " : ""
    return phase + "epoch \(step.epoch) of \(step.epochs), step \(step.step) of \(step.steps): "
      + String(format: "loss %.3f, ", step.loss) + "\(told(step.accuracy, step.meanAbsoluteError)), "
      + String(format: "%.0f images/s, ", step.imagesPerSecond) + "\(BatchAccount.clock(step.secondsLeft)) left"
  }

  static func line(_ record: EpochRecord) -> String {
    var line =
      "epoch \(record.epoch): " + String(format: "loss %.3f, ", record.loss)
      + "\(told(record.accuracy, record.meanAbsoluteError)), "
      + String(format: "%.0f images/s", record.imagesPerSecond)
    if let loss = record.validationLoss {
      line +=
        String(format: "; validation: loss %.3f, ", loss)
        + told(record.validationAccuracy, record.validationMeanAbsoluteError)
      if record.isBest { line += ", the best so far" }
    }
    return line
  }

  static func line(_ calibration: TrainingReceipt.Temperature) -> String {
    switch calibration {
    case .fitted(let fit):
      String(format: "temperature %.3f, fitted on the validation images: ", fit.temperature)
        + "calibration error \(percent(fit.before.expectedCalibrationError)) without it, "
        + "\(percent(fit.after.expectedCalibrationError)) with it" + (fit.doubt.map { "; \($0)" } ?? "")
    case .notFitted(let reason): "no temperature is fitted: \(reason)"
    }
  }

  /// "96.3 % right", or a mean absolute error: "off by 2.5 mm".
  private static func told(_ accuracy: Double?, _ error: Double?, unit: String = "") -> String {
    if let error { return "off by \(significantText(Float(error)))\(unit)" }
    return "\(percent(accuracy ?? 0)) right"
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  // MARK: - Curves

  private func draw(_ history: [EpochRecord]) throws {
    let curves =
      history.contains { $0.accuracy != nil }
      ? try Self.plot("Accuracy", history, \.accuracy, \.validationAccuracy)
      : try Self.plot("Mean absolute error", history, \.meanAbsoluteError, \.validationMeanAbsoluteError)
    try writeFile(curves, to: folder.accuracyPath)
    try writeFile(try Self.plot("Loss", history, \.lossOrNone, \.validationLoss), to: folder.lossPath)
  }

  /// A PNG. Epochs are counted over all phases.
  static func plot(
    _ title: String, _ history: [EpochRecord], _ training: KeyPath<EpochRecord, Double?>,
    _ validation: KeyPath<EpochRecord, Double?>
  ) throws -> [UInt8] {
    let epochs = history.indices.map { Double($0 + 1) }
    var series = [CurvePlot.Series(name: "training", x: epochs, y: history.map { $0[keyPath: training] ?? 0 })]
    let validated = zip(epochs, history).compactMap { epoch, record in
      record[keyPath: validation].map { (epoch, $0) }
    }
    if !validated.isEmpty {
      series.append(CurvePlot.Series(name: "validation", x: validated.map(\.0), y: validated.map(\.1)))
    }
    let plot = CurvePlot(title: title, xLabel: "epoch", yLabel: title.lowercased(), series: series)
    return encodePNG(try plot.figure().rgb())
  }
}

extension EpochRecord {
  /// The loss, as the other numbers of an epoch are read.
  fileprivate var lossOrNone: Double? { loss }
}
