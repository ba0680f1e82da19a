import Autodiff
import Explain
import Images
import Models
import Synchronization
import Testing

@testable import Interventions

/// The alarm, on networks whose reasons are known: each cue is there for one that reads it and for one that does not.
@Suite("The search for shortcuts")
struct ShortcutSearchTests {
  private let engine = Engine(threadCount: 2)

  private func search(_ pictures: [LabelledPicture], _ classifier: Classifier) throws -> ShortcutReport {
    let report = try ShortcutSearch().run(on: pictures, by: classifier, on: engine)
    #expect(report.images == pictures.count, "the network is right about every picture")
    #expect(report.passes <= ShortcutSearch().passes(for: pictures), "no more passes than were announced")
    return report
  }

  @Test("A patch in a corner is found and named by a network that reads it, and proved both ways")
  func corner() throws {
    let report = try search(BuiltCases.pictures(120, with: .corner), BuiltCases.readsPatch)
    #expect(report.verdict == .reliance)
    let finding = try #require(report.findings.first)
    let place = try #require(finding.place)
    let patch = PicturePlace(kind: .patch, rects: [PixelRect(x: 2, y: 25, width: 5, height: 5)], size: BuiltCases.size)
    #expect(place.overlap(with: patch) == 1, "it holds the patch: \(place.bounds)")
    #expect(finding.difference > 0.9)
    let sentence = finding.sentence(BuiltCases.readsPatch.labels)
    #expect(sentence.hasPrefix("leans on ") && sentence.contains("100 %") && sentence.contains("control 0 %"))
  }

  @Test("The same patch is nothing to a network that reads the object")
  func ignored() throws {
    let report = try search(BuiltCases.pictures(120, with: .corner), BuiltCases.readsObject)
    #expect(report.verdict == .noneFound)
    #expect(report.sentences(BuiltCases.readsObject.labels) == ["no reliance found by these tests"])
    #expect(report.comparisons > 0)
  }

  @Test("A patch at changing places is found by a network that reads it, and is nothing to the other")
  func anywhere() throws {
    let pictures = BuiltCases.pictures(120, with: .anywhere)
    let report = try search(pictures, BuiltCases.readsPatch)
    #expect(report.findings.map(\.kind).contains(.wandering))
    #expect(try search(pictures, BuiltCases.readsObject).verdict == .noneFound)
  }

  @Test("A tint is found by a network that reads it")
  func tint() throws {
    let report = try search(BuiltCases.pictures(120, with: .tint, withColours: false), BuiltCases.readsTint)
    #expect(report.findings.first?.kind == .tint)
  }

  @Test("Pictures without a cue are no alarm")
  func clean() throws {
    let report = try search(BuiltCases.pictures(120, with: .none), BuiltCases.readsObject)
    #expect(report.verdict == .noneFound)
  }

  @Test("One class alone, or too few pictures, are not tested, and that is said")
  func untested() throws {
    let few = Array(BuiltCases.pictures(20, with: .corner))
    let report = try ShortcutSearch().run(on: few, by: BuiltCases.readsPatch, on: engine)
    #expect(report.verdict == .untested && report.omissions.count == 1 && report.findings.isEmpty)
    #expect(report.sentences(BuiltCases.readsPatch.labels)[0].hasPrefix("not tested: "))
    #expect(try ShortcutSearch().run(on: [], by: BuiltCases.readsPatch, on: engine).verdict == .untested)
  }

  @Test("The same pictures give the same numbers, on any number of threads")
  func repeated() throws {
    let pictures = BuiltCases.pictures(60, with: .corner)
    let reports = try [1, 2].map {
      try ShortcutSearch(.short).run(on: pictures, by: BuiltCases.readsPatch, on: Engine(threadCount: $0))
    }
    #expect(reports[0].cues.map { $0.tests.map(\.comparison) } == reports[1].cues.map { $0.tests.map(\.comparison) })
  }

  @Test("It stops between two groups of passes when it is told to")
  func cancelled() {
    let asked = Atomic(0)
    let progress = PassProgress(
      report: { _, _ in }, isCancelled: { asked.add(1, ordering: .relaxed).newValue > 3 })
    #expect(throws: AttributionError.cancelled) {
      try ShortcutSearch().run(
        on: BuiltCases.pictures(60, with: .corner), by: BuiltCases.readsPatch, on: engine, progress: progress)
    }
  }

  @Test("Of a large folder the same number of each class is taken up, spread over what there is")
  func chosen() {
    let search = ShortcutSearch(.short)
    let classes = Array(repeating: 0, count: 300) + Array(repeating: 1, count: 30)
    let chosen = search.chosen(from: classes)
    #expect(chosen.count { $0 < 300 } == ShortcutPlan.short.mostOfClass && chosen.count { $0 >= 300 } == 30)
    #expect(chosen == chosen.sorted() && chosen.contains { $0 > 280 && $0 < 300 })
  }
}
