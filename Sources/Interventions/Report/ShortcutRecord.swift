import Explain
import Images
package import Networks

/// A report as it is written to JSON, with the names of the classes.
package struct ShortcutRecord: Encodable, Sendable {
  private let verdict: String
  private let findings: [Finding]
  private let tests: [Test]
  private let omissions: [Omission]
  private let passes: Int
  private let images: Int
  private let comparisons: Int

  private enum CodingKeys: String, CodingKey {
    case verdict, findings, tests, passes, images, comparisons
    case omissions = "not_run"
  }

  package init(_ report: ShortcutReport, _ labels: Labels) {
    verdict = report.verdict.rawValue
    findings = report.findings.map { Finding($0, labels, report.limit) }
    tests = report.cues.flatMap { cue in cue.tests.map { Test(cue, $0, labels, report.limit) } }
    omissions = report.omissions.map { Omission(test: $0.test, why: $0.why) }
    passes = report.passes
    images = report.images
    comparisons = report.comparisons
  }

  private struct Omission: Encodable {
    let test: String
    let why: String
  }

  /// In shares of what the network saw.
  private struct Place: Encodable {
    let x: Double
    let y: Double
    let width: Double
    let height: Double

    init(_ place: PicturePlace) {
      let (box, size) = (place.bounds, place.size)
      x = Double(box.x) / Double(size.width)
      y = Double(box.y) / Double(size.height)
      width = Double(box.width) / Double(size.width)
      height = Double(box.height) / Double(size.height)
    }
  }

  private struct Finding: Encodable {
    let classIndex: Int
    let label: String
    let kind: String
    let place: Place?
    let sentence: String
    let carriers: Double?
    let auroc: Double?
    let removed: Effect?
    let transplanted: Effect?

    private enum CodingKeys: String, CodingKey {
      case label, kind, place, sentence, carriers, auroc, removed, transplanted
      case classIndex = "class"
    }

    init(_ cue: Cue, _ labels: Labels, _ limit: Double) {
      classIndex = cue.classIndex
      label = labels[cue.classIndex].name
      kind = cue.kind.rawValue
      place = cue.place.map(Place.init)
      sentence = cue.sentence(labels)
      carriers = cue.carriers
      auroc = cue.auroc
      removed = cue.strongest(isTransplant: false).map { Effect($0, limit) }
      transplanted = cue.strongest(isTransplant: true).map { Effect($0, limit) }
    }
  }

  private struct Test: Encodable {
    let classIndex: Int
    let label: String
    let kind: String
    let place: Place?
    let cue: String
    let carriers: Double?
    let auroc: Double?
    let effect: Effect

    private enum CodingKeys: String, CodingKey {
      case label, kind, place, cue, carriers, auroc
      case classIndex = "class"
    }

    init(_ cue: Cue, _ test: InterventionTest, _ labels: Labels, _ limit: Double) {
      classIndex = cue.classIndex
      label = labels[cue.classIndex].name
      kind = cue.kind.rawValue
      place = cue.place.map(Place.init)
      self.cue = cue.words
      carriers = cue.carriers
      auroc = cue.auroc
      effect = Effect(test, limit)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(classIndex, forKey: .classIndex)
      try container.encode(label, forKey: .label)
      try container.encode(kind, forKey: .kind)
      try container.encodeIfPresent(place, forKey: .place)
      try container.encode(cue, forKey: .cue)
      try container.encodeIfPresent(carriers, forKey: .carriers)
      try container.encodeIfPresent(auroc, forKey: .auroc)
      try effect.encode(to: encoder)
    }
  }

  private struct Effect: Encodable {
    let test: InterventionTest
    let limit: Double

    init(_ test: InterventionTest, _ limit: Double) { (self.test, self.limit) = (test, limit) }

    private enum CodingKeys: String, CodingKey {
      case direction, how, control, images, lost, became, rate, difference, chance, proved
      case low = "low_95"
      case high = "high_95"
      case probability = "probability_change"
      case logit = "logit_change"
      case controlImages = "control_images"
      case controlFlips = "control_flips"
      case controlRate = "control_rate"
      case controlLow = "control_low_95"
      case controlHigh = "control_high_95"
      case controlProbability = "control_probability_change"
      case differenceLow = "difference_low_95"
      case differenceHigh = "difference_high_95"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      let (effect, control) = (test.comparison.effect, test.comparison.control)
      let (interval, other) = (
        ShareInterval(of: effect.flips, among: effect.images), ShareInterval(of: control.flips, among: control.images)
      )
      let difference = test.comparison.differenceInterval
      try container.encode(test.isTransplant ? "transplanted" : "removed", forKey: .direction)
      try container.encode(test.how, forKey: .how)
      try container.encode(effect.images, forKey: .images)
      try container.encode(effect.flips, forKey: test.isTransplant ? .became : .lost)
      try container.encode(effect.rate, forKey: .rate)
      try container.encode(interval.low, forKey: .low)
      try container.encode(interval.high, forKey: .high)
      try container.encode(effect.probabilityChange, forKey: .probability)
      try container.encode(effect.logitChange, forKey: .logit)
      try container.encode(test.control, forKey: .control)
      try container.encode(control.images, forKey: .controlImages)
      try container.encode(control.flips, forKey: .controlFlips)
      try container.encode(control.rate, forKey: .controlRate)
      try container.encode(other.low, forKey: .controlLow)
      try container.encode(other.high, forKey: .controlHigh)
      try container.encode(control.probabilityChange, forKey: .controlProbability)
      try container.encode(test.comparison.difference, forKey: .difference)
      try container.encode(difference.low, forKey: .differenceLow)
      try container.encode(difference.high, forKey: .differenceHigh)
      try container.encode(test.comparison.chance, forKey: .chance)
      try container.encode(test.isProved(limit), forKey: .proved)
    }
  }
}
