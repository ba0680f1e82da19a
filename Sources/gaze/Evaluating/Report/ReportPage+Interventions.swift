import Explain
import Foundation
import Images
import Interventions
import Networks

/// What changed pictures showed: the verdict, each finding with pictures before and after, what was not tested.
extension ReportPage {
  /// At the top of the page.
  var banner: HTML {
    guard let shortcuts = evaluation.shortcuts else { return .empty }
    switch shortcuts.verdict {
    case .reliance:
      return """
        <p class="alert" role="alert"><strong>Alarm: answers lean on something other than the object.</strong> \
        \(shortcuts.sentences(labels).joined(separator: ". ")). <a href="#interventions">Pictures</a></p>
        """
    case .noneFound:
      return """
        <p class="alert"><strong>No reliance found by these tests.</strong> They are \
        <a href="#interventions">listed below</a>; what they do not test they do not exclude.</p>
        """
    case .untested:
      return """
        <p class="alert"><strong>Nobody knows what the answers lean on:</strong> \
        \(shortcuts.sentences(labels).joined(separator: ". ")).</p>
        """
    }
  }

  var interventionSection: HTML {
    guard let shortcuts = evaluation.shortcuts else { return .empty }
    return """
      <section id="interventions" aria-labelledby="interventions-title">
        <h2 id="interventions-title">Interventions</h2>
        <p class="prose">Pictures that the model is right about were changed, \(shortcuts.passes) times on \
        \(shortcuts.images) images, and the answers that flipped were counted next to a control: a change of the same \
        size in another place, or of the same strength in another direction. A finding needs \
        \(Self.percent(ShortcutPlan.leastDifference)) more flips than its control, beyond what chance makes of \
        \(shortcuts.comparisons) comparisons.</p>
        \(shortcuts.findings.isEmpty ? "<p>No reliance found by these tests.</p>" : .empty)
        \(shortcuts.findings.enumerated().map { finding($0, $1, shortcuts) })
        \(testTable(shortcuts))
        \(omissions(shortcuts))
      </section>
      """
  }

  private func finding(_ number: Int, _ cue: Cue, _ shortcuts: ShortcutReport) -> HTML {
    let strips = [false, true].compactMap { isTransplant -> HTML? in
      guard let test = cue.strongest(isTransplant: isTransplant), !test.examples.isEmpty else { return nil }
      let figures = test.examples.indices.flatMap { example in
        ["before", "after"].map { moment -> HTML in
          let file = Self.picture(of: number, isTransplant, example, moment)
          return """
            <figure><a href="\(file)"><img src="\(file)" alt="\(cue.words), \(moment)" loading="lazy"></a>\
            <figcaption>\(moment == "before" ? "Before" : "After")</figcaption></figure>
            """
        }
      }
      return """
        <p class="hint">\(isTransplant ? "Put into others" : "Taken away"): \(test.how).</p>
        <div class="strip">\(figures)</div>
        """
    }
    return """
      <h3>\(labels[cue.classIndex].name) <span class="quiet">\(cue.sentence(labels))</span></h3>
      \(strips)

      """
  }

  private func testTable(_ shortcuts: ShortcutReport) -> HTML {
    let rows = shortcuts.cues.flatMap { cue in cue.tests.map { row(cue, $0, shortcuts) } }
    return """
      <details><summary>All tests</summary>
      <div class="scroll" role="region" aria-label="All tests" tabindex="0"><table>
        <thead><tr>
          <th scope="col">Class</th><th scope="col" class="text">Cue</th><th scope="col" class="text">Changed</th>
          <th scope="col">Images</th><th scope="col">Flipped</th><th scope="col">Control</th>
          <th scope="col">Difference, 95 %</th>
        </tr></thead>
        <tbody>\(rows)</tbody>
      </table></div></details>
      """
  }

  private func row(_ cue: Cue, _ test: InterventionTest, _ shortcuts: ShortcutReport) -> HTML {
    let interval = test.comparison.differenceInterval
    return """
      <tr><th scope="row">\(labels[cue.classIndex].name)</th><td class="text">\(cue.words)</td>\
      <td class="text">\(test.how)</td><td>\(test.comparison.effect.images)</td>\
      <td>\(Self.percent(test.comparison.effect.rate))</td><td>\(Self.percent(test.comparison.control.rate))</td>\
      <td>\(Self.points(interval.low)) to \(Self.points(interval.high))</td></tr>

      """
  }

  private func omissions(_ shortcuts: ShortcutReport) -> HTML {
    guard !shortcuts.omissions.isEmpty else { return .empty }
    return """
      <h3>Not tested</h3>
      <ul class="plain-list">\(shortcuts.omissions.map { "<li>\($0.test): \($0.why)</li>" as HTML })</ul>
      """
  }

  static func picture(of finding: Int, _ isTransplant: Bool, _ example: Int, _ moment: String) -> String {
    "pictures/finding-\(finding)-\(isTransplant ? "given" : "taken")-\(example)-\(moment).png"
  }
}
