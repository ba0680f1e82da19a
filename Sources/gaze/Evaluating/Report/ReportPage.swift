import Drawing
import Explain
import Foundation
import Images
import Models
import Networks

/// The report's page. It needs no script and nothing from other hosts; its pictures are in the folder next to it.
struct ReportPage {
  let evaluation: ModelEvaluation
  let labels: Labels
  let entries: [Int: ReportEntry]
  let mistakes: [Int]
  let suspects: [Int]
  let looks: [EvaluationAccount.Key: ReportLooks]

  /// - Parameters:
  ///   - entries: what was drawn, by the index of the image in the data.
  ///   - mistakes, suspects: indices of images, in the order in which they are shown.
  init(
    _ evaluation: ModelEvaluation, labels: Labels, entries: [Int: ReportEntry], mistakes: [Int], suspects: [Int],
    looks: [EvaluationAccount.Key: ReportLooks]
  ) {
    self.evaluation = evaluation
    self.labels = labels
    self.entries = entries
    self.mistakes = mistakes
    self.suspects = suspects
    self.looks = looks
  }

  private var results: ClassificationReport { evaluation.results }
  var evidence: ModelEvaluation.Evidence { evaluation.evidence! }

  func html() throws(DrawingError) -> HTML {
    """
    <!doctype html>
    <html lang="en-GB">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy"
        content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'">
      <title>\(evaluation.model.name): \(Self.percent(results.accuracy)) right</title>
      <style>
    \(ReportStyle.sheet)
      </style>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the numbers</a>
      <header class="masthead">
        <p class="wordmark">
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M2 8V2h6M16 2h6v6M22 16v6h-6M8 22H2v-6"/><circle cx="12" cy="12" r="4.5"/>
          </svg>
          Gaze
        </p>
        <p class="motto">How often is the model right, and what does it look at?</p>
      </header>
      <main id="main" tabindex="-1">
        <h1><strong>\(evaluation.model.name)</strong> <span class="quiet">on</span>
          \(evaluation.data.folders.joined(separator: ", "))</h1>
        \(summary)
        \(contents)
        \(try matrixSection())
        \(classSection)
        \(interventionSection)
        \(lookSection)
        \(backgroundSection)
        \(atlas)
        \(provenance)
      </main>
      <footer class="colophon"><p>Gaze \(evaluation.gaze)</p><p><a href="report.json">report.json</a></p></footer>
    </body>
    </html>

    """
  }

  // MARK: Numbers

  private var summary: HTML {
    let (interval, background) = (results.accuracyInterval, evidence.background.all)
    let range = "95 % interval \(Self.percent(interval.low)) to \(Self.percent(interval.high))"
    let macro = results.macro
    let uniform = background.map { "\(Self.percent($0.uniform)) for a uniform map" }
    let figures = [
      figure("Accuracy", Self.percent(results.accuracy), "\(results.correct) of \(results.images); \(range)"),
      figure(
        "Macro F1", Self.decimal(macro.f1),
        "precision \(Self.percent(macro.precision)), recall \(Self.percent(macro.recall))"),
      figure(
        "Calibration error", Self.percent(results.calibration.expectedError),
        "at a mean confidence of \(Self.percent(results.meanConfidence))"
          + (results.beforeCalibration.map {
            "; \(Self.percent($0.expectedCalibrationError)) without the temperature"
          } ?? "")),
      figure(
        "Evidence on the background", Self.percent(background?.share),
        uniform ?? "no object was found in any image"),
    ]
    return """
      <dl class="figures">
        \(figures)
      </dl>
      \(banner)
      """
  }

  private func figure(_ name: String, _ value: String, _ hint: String) -> HTML {
    "<div><dt>\(name)</dt><dd><strong>\(value)</strong> <span class=\"hint\">\(hint)</span></dd></div>\n"
  }

  private var contents: HTML {
    """
    <nav aria-label="Parts of the report"><ul>
      <li><a href="#matrix">Confusion and calibration</a></li>
      <li><a href="#classes">Classes</a></li>
      \(evaluation.shortcuts == nil ? .empty : "<li><a href=\"#interventions\">Interventions</a></li>")
      <li><a href="#looks">Mean maps</a></li>
      <li><a href="#background">Background</a></li>
      <li><a href="#mistakes">Mistakes (\(mistakes.count))</a></li>
      <li><a href="#provenance">What was measured</a></li>
    </ul></nav>
    """
  }

  private func matrixSection() throws(DrawingError) -> HTML {
    let plot = ConfusionPlot(results.confusion, labels: labels)
    let svg = try plot.figure { labelled, predicted in "#\(Self.anchor(labelled, predicted))" }.svg()
    let left =
      plot.isPartial
      ? " Of \(results.classes.count { $0.support > 0 }) classes the \(ConfusionPlot.mostClasses) with the most mistakes."
      : ""
    return """
      <section id="matrix" aria-labelledby="matrix-title">
        <h2 id="matrix-title">Confusion and calibration</h2>
        <div class="plots">
          <figure class="plot">\(HTML(markup: svg))
            <figcaption class="hint">Rows are the labels, columns the answers; colour is the share of the row.\(left) \
            A cell with mistakes links to its images. <a href="pictures/confusion.png">As PNG</a></figcaption></figure>
          <figure class="plot">\(HTML(markup: try ReliabilityPlot(results.calibration).figure().svg()))
            <figcaption class="hint">How often answers of each confidence are right. Vermilion is the gap between \
            accuracy and confidence: below the dashed line where the model is overconfident, above it where it is \
            underconfident. The expected calibration error, \(Self.percent(results.calibration.expectedError)), is the \
            mean gap over the images, in \(Calibration.binCount) bins of equal width (Guo et al. 2017). \
            \(temperature) \
            <a href="pictures/reliability.png">As PNG</a></figcaption></figure>
        </div>
      </section>
      """
  }

  /// What the temperature changed.
  private var temperature: HTML {
    guard let value = evaluation.model.temperature, let before = results.beforeCalibration else {
      return """
        The mean negative log-likelihood is \(Self.decimal(results.negativeLogLikelihood)). No temperature is fitted: \
        probabilities are the softmax of the logits.
        """
    }
    return """
      These are the probabilities that are served, of logits divided by the temperature \(Self.decimal(value)). Without \
      it the error would be \(Self.percent(before.expectedCalibrationError)), at a mean confidence of \
      \(Self.percent(before.meanConfidence)); the mean negative log-likelihood is \
      \(Self.decimal(results.negativeLogLikelihood)), without it \(Self.decimal(before.negativeLogLikelihood)).
      """
  }

  private var classSection: HTML {
    let background = Dictionary(uniqueKeysWithValues: evidence.classes.map { ($0.index, $0.background) })
    return """
      <section id="classes" aria-labelledby="classes-title">
        <h2 id="classes-title">Classes</h2>
        <div class="scroll" role="region" aria-labelledby="classes-title" tabindex="0"><table>
          <thead><tr>
            <th scope="col">Class</th><th scope="col">Images</th><th scope="col">Answers</th>
            <th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">F1</th>
            <th scope="col">Evidence on background</th><th scope="col">Uniform map</th>
          </tr></thead>
          <tbody>
          \(results.classes.map { row($0, background[$0.index]?.all) })
          </tbody>
        </table></div>
        <p class="hint">Precision: the share of the answers that is right. Recall: the share of the class's images that \
        is found. F1: their harmonic mean. Evidence is measured on the class's own images, for whatever the model \
        answered.</p>
      </section>
      """
  }

  private func row(_ scores: ClassificationReport.ClassScores, _ background: BackgroundSummary?) -> HTML {
    """
    <tr><th scope="row">\(scores.label)</th><td>\(scores.support)</td><td>\(scores.predicted)</td>\
    <td>\(Self.percent(scores.precision))</td><td>\(Self.percent(scores.recall))</td><td>\(Self.decimal(scores.f1))</td>\
    <td>\(Self.percent(background?.share))</td><td>\(Self.percent(background?.uniform))</td></tr>

    """
  }

  // MARK: Provenance

  private var provenance: HTML {
    let skipped = evaluation.data.skipped
    // What most reports have not: a window that the images were stretched by.
    let window: [HTML] = evaluation.data.window.map { [fact("Samples", "stretched from \($0[0]) to \($0[1])")] } ?? []
    let rows: [HTML] =
      window + [
        fact("Model", "\(evaluation.model.title) (\(evaluation.model.network))"),
        fact("Weights", evaluation.model.weightsSHA256),
        fact("Temperature", evaluation.model.temperature.map(String.init(describing:)) ?? "none"),
        fact("Data", evaluation.data.fingerprint),
        fact(
          "Method",
          evidence.method + (evidence.layers.isEmpty ? "" : ", layer " + evidence.layers.joined(separator: ", "))),
        fact("Objects", evidence.objects), fact("Gaze", evaluation.gaze),
      ]
    let doubts = evaluation.data.doubts
    let doubtful: HTML =
      doubts.isEmpty
      ? .empty
      : """
      <h3>What is doubtful about the data</h3>
      <ul class="plain-list">\(doubts.map { "<li>\($0)</li>" as HTML })</ul>
      """
    let list: HTML =
      skipped.isEmpty
      ? .empty
      : """
      <h3>Left out <span class="code">\(skipped.count)</span></h3>
      <ul class="plain-list">\(skipped.map(skippedFile))</ul>
      """
    return """
      <section id="provenance" aria-labelledby="provenance-title">
        <h2 id="provenance-title">What was measured</h2>
        <dl class="facts">\(rows)</dl>
        <p class="hint">Weights and data are identified by their SHA-256. The interval of the accuracy is Wilson's, for \
        independent images; frames of one video are not independent, and need a wider one. A map shows where the method \
        found evidence; it does not prove what caused the answer.</p>
        \(doubtful)
        \(list)
      </section>
      """
  }

  private func skippedFile(_ skipped: ModelEvaluation.Skipped) -> HTML {
    "<li><span class=\"code path\">\(skipped.file)</span> \(skipped.reason)</li>"
  }

  private func fact(_ name: String, _ value: String) -> HTML {
    "<div><dt>\(name)</dt><dd class=\"path\">\(value)</dd></div>\n"
  }

  // MARK: Writing

  static func anchor(_ labelled: Int, _ predicted: Int) -> String { "mistakes-\(labelled)-\(predicted)" }
  static func percent(_ share: Double?) -> String {
    share.map { String(format: "%.1f", 100 * $0) + "\u{A0}%" } ?? "–"
  }
  static func decimal(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
}
