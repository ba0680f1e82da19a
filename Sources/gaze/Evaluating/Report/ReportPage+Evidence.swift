import Explain
import Foundation
import Images
import Networks

/// What the model looks at: mean maps, evidence on the background, every mistake.
extension ReportPage {
  var lookSection: HTML {
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
        <p class="hint">Where the evidence for the model's answers is on the images of each class: the mean of the \
        maps (\(evidence.method)), each scaled to 0…1 first, over the mean of the pictures. If right and wrong images \
        differ here, the place of the evidence may be the reason.</p>
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
      <figure><img src="\(look.file)" width="\(look.size.width)" height="\(look.size.height)"
          alt="Mean map of \(name), \(caption)" loading="lazy">
        <figcaption>\(caption.prefix(1).uppercased() + caption.dropFirst())</figcaption></figure>

      """
  }

  var backgroundSection: HTML {
    let objects: HTML =
      evidence.objects == "drawn"
      ? "The objects are those of the masks that were given."
      : """
      The objects are estimated from the pictures alone: what cannot be reached from the border without crossing an edge \
      (geodesic distance, Wei et al. 2012). The estimate is shown next to every image below, with its background faded: \
      where it is wrong, so is the share.
      """
    let all = evidence.background
    return """
      <section id="background" aria-labelledby="background-title">
        <h2 id="background-title">Evidence on the background</h2>
        <p class="prose">The share of a map's positive evidence that is outside the object. For a uniform map it would \
        be the background's share of the area. A map suggests where to look; what the answers lean on, interventions \
        show. \(objects)</p>
        <div class="scroll" role="region" aria-labelledby="background-title" tabindex="0"><table>
          <thead><tr>
            <th scope="col">Images</th><th scope="col">Number</th><th scope="col">Evidence on background</th>
            <th scope="col">Uniform map</th><th scope="col">Blob in the middle</th><th scope="col">Excess, 95 %</th>
          </tr></thead>
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
        "In \(evidence.imagesWithoutObject) images no object was found; they do not count here."
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
      <tr><th scope="row">\(name)</th><td>\(summary.images)</td><td>\(Self.percent(summary.share))</td>\
      <td>\(Self.percent(summary.uniform))</td><td>\(Self.percent(summary.centred))</td><td>\(excess)</td></tr>

      """
  }

  private var suspectSection: HTML {
    guard !suspects.isEmpty else {
      return
        "<p>No correctly classified image has more evidence outside its object than a uniform map.</p>"
    }
    return """
      <h3>Right, with the most evidence on the background</h3>
      <p class="hint">Correctly classified images with the most evidence outside the object.</p>
      <ul class="cards">
      \(suspects.compactMap { entries[$0] }.map(card))
      </ul>
      """
  }

  // MARK: Mistakes

  var atlas: HTML {
    let groups = Dictionary(grouping: mistakes.compactMap { entries[$0] }) {
      [$0.record.labelled.label.index, $0.record.predicted.label.index]
    }.sorted { ($1.value.count, $0.key[0], $0.key[1]) < ($0.value.count, $1.key[0], $1.key[1]) }
    let sections: [HTML] = groups.map { key, entries in
      let (labelled, predicted) = (labels[key[0]].name, labels[key[1]].name)
      return """
        <section id="\(Self.anchor(key[0], key[1]))">
          <h3>\(labelled) <span class="quiet">taken for</span> \(predicted)
            <span class="code">\(entries.count)</span></h3>
          <ul class="cards">
          \(entries.map(card))
          </ul>
        </section>

        """
    }
    let introduction: HTML =
      mistakes.isEmpty
      ? "There are none."
      : """
      Every misclassified image, with the evidence for the answer and for the label. Each map has its own range, from \
      zero to its peak; peaks are in the method's units and can be compared within one image.
      """
    return """
      <section id="mistakes" aria-labelledby="mistakes-title">
        <h2 id="mistakes-title">Mistakes</h2>
        <p class="hint">\(introduction)</p>
        \(sections)
      </section>
      """
  }

  private func card(_ entry: ReportEntry) -> HTML {
    let record = entry.record
    var figures = [figure(entry, entry.photograph, "Picture")]
    figures.append(figure(entry, entry.predicted.file, "For \(record.predicted.label.name)", entry.predicted))
    if let map = entry.labelled { figures.append(figure(entry, map.file, "For \(record.labelled.label.name)", map)) }
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

  private func score(_ name: String, _ score: Prediction) -> HTML {
    """
    <tr><th scope="row">\(name)</th><td class="text">\(score.label.name)</td>\
    <td>\(score.probability.map { Self.percent(Double($0)) } ?? "")</td>\
    <td class="quiet">logit \(String(format: "%.2f", score.logit))</td></tr>
    """
  }

  private func background(_ record: ImageRecord) -> HTML {
    guard let background = record.background else { return .empty }
    let uniform = Self.percent(background.uniform)
    return "\(Self.percent(background.share)) of the evidence on the background; uniform map \(uniform). "
  }

  // MARK: Writing

  static func points(_ share: Double) -> String {
    String(format: "%+.1f", 100 * share).replacing("-", with: "\u{2212}")
  }

  private static func significant(_ value: Double) -> String { String(format: "%.3g", value) }
}
