import Explain
import Foundation
import Images
import Networks

/// The report's page. It needs no script and nothing from elsewhere; pictures are beside it.
struct ReportPage {
  private let evaluation: ModelEvaluation
  private let labels: Labels
  private let entries: [Int: ReportEntry]
  private let mistakes: [Int]
  private let suspects: [Int]
  private let looks: [EvaluationAccount.Key: ReportLooks]

  /// - Parameters:
  ///   - entries: what was drawn, by the images' places in the data.
  ///   - mistakes, suspects: places of images, in the order in which they are shown.
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
  private var evidence: ModelEvaluation.Evidence { evaluation.evidence! }

  var html: HTML {
    """
    <!doctype html>
    <html lang="en-GB">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'">
      <title>\(evaluation.model.name): \(Self.percent(results.accuracy)) right</title>
      <style>
    \(ReportStyle.sheet)
      </style>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the numbers</a>
      <header class="masthead">
        <p class="wordmark">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 8V2h6M16 2h6v6M22 16v6h-6M8 22H2v-6"/><circle cx="12" cy="12" r="4.5"/></svg>
          Gaze
        </p>
        <p class="motto">How often is the model right, and what does it look at?</p>
      </header>
      <main id="main" tabindex="-1">
        <h1><strong>\(evaluation.model.name)</strong> <span class="quiet">on</span> \(evaluation.data.folders.joined(separator: ", "))</h1>
        \(summary)
        \(contents)
        \(matrixSection)
        \(classSection)
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
    let interval = results.accuracyInterval
    let background = evidence.background.all
    return """
      <dl class="figures">
        \(figure("Accuracy", Self.percent(results.accuracy), "\(results.correct) of \(results.images); 95 % interval \(Self.percent(interval.low)) to \(Self.percent(interval.high))"))
        \(figure("Macro F1", Self.decimal(results.macro.f1), "precision \(Self.percent(results.macro.precision)), recall \(Self.percent(results.macro.recall))"))
        \(figure("Calibration error", Self.percent(results.calibration.expectedError), "at a mean confidence of \(Self.percent(results.meanConfidence))"))
        \(figure("Evidence on the background", background.map { Self.percent($0.share) } ?? "–", background.map { "\(Self.percent($0.uniform)) for a map that knows nothing" } ?? "no image has an object to tell it from"))
      </dl>
      \(banner)
      """
  }

  private func figure(_ name: String, _ value: String, _ hint: String) -> HTML {
    "<div><dt>\(name)</dt><dd><strong>\(value)</strong> <span class=\"hint\">\(hint)</span></dd></div>\n"
  }

  private var banner: HTML {
    guard let all = evidence.background.all else { return .empty }
    let alarmed = evidence.classes.filter { $0.background.all?.verdict == .alarm }.map(\.label)
    let judged: HTML =
      "Judge it by the <a href=\"#background\">pictures of the objects</a>, which are \(evidence.objects) and may be wrong."
    switch all.verdict {
    case .alarm:
      return """
        <p class="alert" role="alert"><strong>Alarm: the model looks beside the object.</strong> \(Self.percent(all.share)) of the evidence \
        for its answers lies on the background, more than the \(Self.percent(all.uniform)) of a map that knows nothing. \(judged)</p>
        """
    case .unclear where alarmed.isEmpty:
      return """
        <p class="alert"><strong>Unclear: the maps find the object no better than chance.</strong> \(judged)</p>
        """
    case .unclear, .clear, .tooFew:
      guard !alarmed.isEmpty else { return .empty }
      return """
        <p class="alert" role="alert"><strong>Alarm: on images of \(alarmed.joined(separator: ", ")) the model looks beside the object.</strong> \(judged)</p>
        """
    }
  }

  private var contents: HTML {
    """
    <nav aria-label="Parts of the report"><ul>
      <li><a href="#matrix">Confusion and calibration</a></li>
      <li><a href="#classes">Classes</a></li>
      <li><a href="#looks">Mean maps</a></li>
      <li><a href="#background">Background</a></li>
      <li><a href="#mistakes">Mistakes (\(mistakes.count))</a></li>
      <li><a href="#provenance">What was measured</a></li>
    </ul></nav>
    """
  }

  private var matrixSection: HTML {
    let plot = ConfusionPlot(results.confusion, labels: labels)
    let svg = plot.svg { labelled, predicted in "#\(Self.anchor(labelled, predicted))" }
    let left =
      plot.isPartial
      ? " Of \(results.classes.count { $0.support > 0 }) classes the \(ConfusionPlot.mostClasses) with the most mistakes."
      : ""
    return """
      <section id="matrix" aria-labelledby="matrix-title">
        <h2 id="matrix-title">Confusion and calibration</h2>
        <div class="plots">
          <figure class="plot wide">\(HTML(markup: svg))
            <figcaption class="hint">Rows are the labels, columns the answers; colour is the share of the row.\(left) A cell of mistakes leads to its images. \
            <a href="pictures/confusion.png">As PNG</a></figcaption></figure>
          <figure class="plot">\(HTML(markup: ReliabilityPlot(results.calibration).svg()))
            <figcaption class="hint">How often answers of each confidence are right: blue up to the share that is right, vermilion the gap to the \
            confidence. On the dashed line a model is as often right as it is sure. The expected calibration error, \
            \(Self.percent(results.calibration.expectedError)), is the mean gap over the images, in \(Calibration.binCount) bins of equal width \
            (Guo et al. 2017). <a href="pictures/reliability.png">As PNG</a></figcaption></figure>
        </div>
      </section>
      """
  }

  private var classSection: HTML {
    let background = Dictionary(uniqueKeysWithValues: evidence.classes.map { ($0.index, $0.background) })
    return """
      <section id="classes" aria-labelledby="classes-title">
        <h2 id="classes-title">Classes</h2>
        <div class="scroll" role="region" aria-labelledby="classes-title" tabindex="0"><table>
          <thead><tr><th scope="col">Class</th><th scope="col">Images</th><th scope="col">Answers</th><th scope="col">Precision</th>
            <th scope="col">Recall</th><th scope="col">F1</th><th scope="col">Evidence on background</th><th scope="col">Uniform map</th><th scope="col" class="text">The model</th></tr></thead>
          <tbody>
          \(results.classes.map { row($0, background[$0.index]?.all) })
          </tbody>
        </table></div>
        <p class="hint">Precision: which share of the answers is right. Recall: which share of the class's images is found. F1: their harmonic mean. \
        Evidence is counted on the class's own images, for whatever the model answered.</p>
      </section>
      """
  }

  private func row(_ scores: ClassificationReport.ClassScores, _ background: BackgroundSummary?) -> HTML {
    """
    <tr><th scope="row">\(scores.label)</th><td>\(scores.support)</td><td>\(scores.predicted)</td><td>\(Self.percent(scores.precision))</td>\
    <td>\(Self.percent(scores.recall))</td><td>\(Self.decimal(scores.f1))</td><td>\(Self.percent(background?.share))</td>\
    <td>\(Self.percent(background?.uniform))</td><td class="text">\(verdict(background))</td></tr>

    """
  }

  private func verdict(_ summary: BackgroundSummary?) -> HTML {
    guard let summary else { return "<span class=\"quiet\">–</span>" }
    return summary.verdict == .alarm
      ? "<strong class=\"warn\">\(summary.verdict.sentence)</strong>" : "\(summary.verdict.sentence)"
  }

  // MARK: Evidence

  private var lookSection: HTML {
    let classes: [Int?] = [nil] + evidence.classes.map(\.index)
    let rows = classes.compactMap { index -> HTML? in
      let cells = OutcomeGroup.allCases.map { group in
        looks[EvaluationAccount.Key(classIndex: index, group: group)]
      }
      guard cells.contains(where: { $0 != nil }) else { return nil }
      let name = index.map { labels[$0].name } ?? "All classes"
      return """
        <h3>\(name)</h3>
        <div class="looks">
        \(zip(OutcomeGroup.allCases, cells).map { group, look in lookFigure(look, group, of: name) })
        </div>

        """
    }
    return """
      <section id="looks" aria-labelledby="looks-title">
        <h2 id="looks-title">Mean maps</h2>
        <p class="hint">Where the evidence for the model's answers lies on the images of each class: the mean of the maps (\(evidence.method)), each brought to \
        0…1 first, over the mean of the pictures. If images classified rightly and wrongly differ here, the place of the evidence may be the reason.</p>
        \(rows)
      </section>
      """
  }

  private func lookFigure(_ look: ReportLooks?, _ group: OutcomeGroup, of name: String) -> HTML {
    guard let look else {
      return
        "<p class=\"quiet none\">\(group == .wrong ? "No mistake" : group == .right ? "None right" : "No map")</p>\n"
    }
    let caption = "\(group.rawValue), \(look.images) \(look.images == 1 ? "image" : "images")"
    return """
      <figure><img src="\(look.file)" width="\(look.size.width)" height="\(look.size.height)" alt="Mean map of \(name), \(caption)" loading="lazy">
        <figcaption>\(caption.prefix(1).uppercased() + caption.dropFirst())</figcaption></figure>

      """
  }

  private var backgroundSection: HTML {
    let objects: HTML =
      evidence.objects == "drawn"
      ? "The objects are those of the masks that were given."
      : """
      The objects are estimated from the pictures alone: what cannot be reached from the border without crossing an edge (geodesic distance, \
      Wei et al. 2012). The estimate stands beside every image below, its background faded: where it is wrong, so is the share.
      """
    let all = evidence.background
    return """
      <section id="background" aria-labelledby="background-title">
        <h2 id="background-title">Evidence on the background</h2>
        <p class="prose">Which share of a map's positive evidence lies beside the object. A map that says the same everywhere would have the share "uniform", \
        the background's part of the area. The alarm is given where the share is above that in the mean over the images, by more than chance (95 % \
        interval of the mean excess above 0, at least \(BackgroundSummary.fewestImages) images). \(objects)</p>
        <div class="scroll" role="region" aria-labelledby="background-title" tabindex="0"><table>
          <thead><tr><th scope="col">Images</th><th scope="col">Number</th><th scope="col">Evidence on background</th><th scope="col">Uniform map</th>\
      <th scope="col">Blob in the middle</th><th scope="col">Excess, 95 %</th><th scope="col" class="text">The model</th></tr></thead>
          <tbody>
          \([("All", all.all), ("Right", all.right), ("Wrong", all.wrong)].map(backgroundRow))
          </tbody>
        </table></div>
        <p class="hint">\(withoutEvidence)</p>
        \(suspectSection)
      </section>
      """
  }

  private var withoutEvidence: String {
    var parts: [String] = []
    if evidence.imagesWithoutObject > 0 {
      parts.append(
        "\(evidence.imagesWithoutObject) images have no object that could be told from the background, and do not count here."
      )
    }
    if evidence.imagesWithoutEvidence > 0 {
      parts.append("\(evidence.imagesWithoutEvidence) maps have no positive evidence at all.")
    }
    return parts.joined(separator: " ")
  }

  private func backgroundRow(_ name: String, _ summary: BackgroundSummary?) -> HTML {
    guard let summary else { return .empty }
    let excess = "\(Self.points(summary.excessLow)) to \(Self.points(summary.excessHigh))"
    return """
      <tr><th scope="row">\(name)</th><td>\(summary.images)</td><td>\(Self.percent(summary.share))</td><td>\(Self.percent(summary.uniform))</td>\
      <td>\(Self.percent(summary.centred))</td><td>\(excess)</td><td class="text">\(verdict(summary))</td></tr>

      """
  }

  private var suspectSection: HTML {
    guard !suspects.isEmpty else {
      return
        "<p>No image that is classified rightly has more evidence beside its object than a map that knows nothing.</p>"
    }
    return """
      <h3>Right, but by the background</h3>
      <p class="hint">Of the images that are classified rightly, those with the most evidence beside the object.</p>
      <ul class="cards">
      \(suspects.compactMap { entries[$0] }.map(card))
      </ul>
      """
  }

  // MARK: Mistakes

  private var atlas: HTML {
    let groups = Dictionary(grouping: mistakes.compactMap { entries[$0] }) {
      [$0.record.labelled.index, $0.record.predicted.index]
    }.sorted { ($1.value.count, $0.key[0], $0.key[1]) < ($0.value.count, $1.key[0], $1.key[1]) }
    let sections: [HTML] = groups.map { key, entries in
      let (labelled, predicted) = (labels[key[0]].name, labels[key[1]].name)
      return """
        <section id="\(Self.anchor(key[0], key[1]))">
          <h3>\(labelled) <span class="quiet">taken for</span> \(predicted) <span class="code">\(entries.count)</span></h3>
          <ul class="cards">
          \(entries.map(card))
          </ul>
        </section>

        """
    }
    return """
      <section id="mistakes" aria-labelledby="mistakes-title">
        <h2 id="mistakes-title">Mistakes</h2>
        <p class="hint">\(mistakes.isEmpty ? "There are none." : "Every image that was classified wrongly, with the evidence for the answer and for the label. Each map has its own range, from zero to its peak; the peaks are in the method's units and can be compared within one image.")</p>
        \(sections)
      </section>
      """
  }

  private func card(_ entry: ReportEntry) -> HTML {
    let record = entry.record
    var figures = [figure(entry, entry.photograph, "Picture")]
    figures.append(figure(entry, entry.predicted.file, "For \(record.predicted.label)", entry.predicted))
    if let map = entry.labelled { figures.append(figure(entry, map.file, "For \(record.labelled.label)", map)) }
    if let object = entry.object {
      figures.append(figure(entry, object, evidence.objects == "drawn" ? "Object" : "Object, estimated"))
    }
    return """
      <li class="card">
        <div class="strip">\(figures)</div>
        <table class="scores"><tbody>
          \(score("Answer", record.predicted))\(record.isCorrect ? .empty : score("Label", record.labelled))
        </tbody></table>
        <p class="hint">\(background(record))<span class="code path">\(record.file)</span></p>
      </li>

      """
  }

  private func figure(_ entry: ReportEntry, _ file: String, _ caption: String, _ map: ReportEntry.Map? = nil) -> HTML {
    let note =
      switch map?.status {
      case nil: ""
      case .ok: "peak \(Self.significant(map!.peak))"
      case .flat: "flat"
      case .noPositiveEvidence: "no evidence"
      }
    return """
      <figure><a href="\(file)"><img src="\(file)" alt="\(caption): \(entry.record.file)" loading="lazy"></a>\
      <figcaption>\(caption) <span class="quiet">\(note)</span></figcaption></figure>
      """
  }

  private func score(_ name: String, _ score: ImageRecord.Class) -> HTML {
    """
    <tr><th scope="row">\(name)</th><td class="text">\(score.label)</td><td>\(Self.percent(Double(score.probability)))</td>\
    <td class="quiet">logit \(String(format: "%.2f", score.logit))</td></tr>
    """
  }

  private func background(_ record: ImageRecord) -> HTML {
    guard let background = record.background else { return .empty }
    return
      "\(Self.percent(background.share)) of the evidence on the background, uniform \(Self.percent(background.uniform)). "
  }

  // MARK: Provenance

  private var provenance: HTML {
    let skipped = evaluation.data.skipped
    let rows: [HTML] = [
      fact("Model", "\(evaluation.model.title) (\(evaluation.model.network))"),
      fact("Weights", evaluation.model.weightsSHA256), fact("Data", evaluation.data.fingerprint),
      fact(
        "Method",
        evidence.method + (evidence.layers.isEmpty ? "" : ", layer " + evidence.layers.joined(separator: ", "))),
      fact("Objects", evidence.objects), fact("Gaze", evaluation.gaze),
    ]
    let list: HTML =
      skipped.isEmpty
      ? .empty
      : """
      <h3>Left out <span class="code">\(skipped.count)</span></h3>
      <ul class="plain-list">\(skipped.map { "<li><span class=\"code path\">\($0.file)</span> \($0.reason)</li>" as HTML })</ul>
      """
    return """
      <section id="provenance" aria-labelledby="provenance-title">
        <h2 id="provenance-title">What was measured</h2>
        <dl class="facts">\(rows)</dl>
        <p class="hint">Weights and data by their SHA-256. The accuracy's interval is Wilson's for independent images; frames of one film are not, and deserve a wider one. \
        A map shows where the method found evidence; it does not prove what caused the answer.</p>
        \(list)
      </section>
      """
  }

  private func fact(_ name: String, _ value: String) -> HTML {
    "<div><dt>\(name)</dt><dd class=\"path\">\(value)</dd></div>\n"
  }

  // MARK: Writing

  private static func anchor(_ labelled: Int, _ predicted: Int) -> String { "mistakes-\(labelled)-\(predicted)" }
  private static func percent(_ share: Double?) -> String {
    share.map { String(format: "%.1f", 100 * $0) + "\u{A0}%" } ?? "–"
  }
  private static func decimal(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
  private static func points(_ share: Double) -> String {
    String(format: "%+.1f", 100 * share).replacing("-", with: "\u{2212}")
  }
  private static func significant(_ value: Double) -> String { String(format: "%.3g", value) }
}
