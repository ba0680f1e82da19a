import Autodiff
import Foundation
import Images
import TestSupport
import Testing

@testable import Explain

/// Maps that are not about 0, shown from what they are without evidence.
@Suite struct MapZeroTests {
  private func map(_ values: [Float]) -> SaliencyMap { SaliencyMap(width: values.count, height: 1, values: values) }

  @Test func evidenceIsTheDifferenceFromZero() {
    let raw = map([0.25, 0.5, 1])
    #expect(raw.difference(from: nil) == raw)
    #expect(raw.difference(from: MapZero(0.5, meaning: "")).values == [-0.25, 0, 0.5])
    #expect(raw.difference(from: MapZero(1, meaning: "")).status == .noPositiveEvidence)
    #expect(raw.difference(from: MapZero(0.75, meaning: "")).status == .ok)
    // A map of negative scores, too, has places that speak for the class.
    #expect(map([-5, -4, -3]).status == .noPositiveEvidence)
    #expect(map([-5, -4, -3]).difference(from: MapZero(-4, meaning: "")).status == .ok)
  }

  @Test func whatIsWithinTheNoiseIsNoEvidence() {
    let raw = map([0.25, 0.5, 0.75])
    #expect(raw.difference(from: MapZero(0.5, meaning: "", noise: 0.25)).values == [0, 0, 0])
    #expect(raw.difference(from: MapZero(0.5, meaning: "", noise: 0.25)).status == .flat)
    #expect(raw.difference(from: MapZero(0.5, meaning: "", noise: 0.249)).values == [-0.25, 0, 0.25])
    // Rounding of a map that is everywhere what it is without evidence.
    let rounded = map([0.3, Float(0.3).nextUp, Float(0.3).nextDown])
    #expect(rounded.difference(from: MapZero(0.3, meaning: "")).status == .flat)
  }

  @Test func theMeanOfMapsHasTheMeanOfTheirZeros() throws {
    let (one, two) = (MapZero(1, meaning: "m", noise: 2), MapZero(3, meaning: "m", noise: 0))
    #expect(MapZero(meanOf: [one]) == one)
    #expect(MapZero(meanOf: [one, two]) == MapZero(2, meaning: "m", noise: 1))
    #expect(MapZero(meanOf: [one, nil]) == nil)
    #expect(MapZero(meanOf: [nil]) == nil)
  }

  // MARK: Methods

  @Test(arguments: SmallNetwork.methods) func riseAloneHasAZero(_ name: String) throws {
    let attribution = try SmallNetwork.analysis().explain(ExplainingTests.method(name), target: Target(1))
    #expect((attribution.zero != nil) == (name == "rise"))
    if attribution.zero == nil { #expect(attribution.evidence == attribution.map) }
  }

  /// The definition with plain loops, of a score that is one pixel's value.
  @Test func risesZeroIsTheMeanScoreOverTheMasks() throws {
    let method = RISE(masks: 41, cells: 2, probability: 0.6, seed: 3, score: .logit)
    var weights = [Float](repeating: 0, count: 20)
    weights[7] = 2
    let model = TinyModel.linear([weights, weights.map { -$0 }], of: [Float](repeating: 1, count: 20), width: 5)
    let pass = try model.pass()
    var mean = 0.0
    for index in 0..<41 {
      let mask = [Float](unsafeUninitializedCapacity: 20) { mask, count in
        method.write(mask: index, width: 5, height: 4, into: mask.baseAddress!)
        count = 20
      }
      mean += 2 * Double(mask[7]) / 41
    }
    let question = Question(pass: pass, targets: [Target(0), Target(1), Target(0, against: 1)])
    let zeros = try method.results(for: question, .none).map { try #require($0.zero) }
    #expect(zeros.map(\.meaning) == Array(repeating: "mean score over the masks", count: 3))
    for (zero, factor) in zip(zeros, [1.0, -1, 2]) { #expect(abs(zero.value - factor * mean) < 1e-6) }
  }

  /// What the score does not depend on is near zero, what it depends on is above.
  @Test func riseShowsWhereTheScoreComesFrom() throws {
    var weights = [Float](repeating: 0, count: 16 * 12)
    weights[9 * 16 + 4] = 1
    let model = TinyModel.linear([weights], of: [Float](repeating: 1, count: 16 * 12), width: 16)
    let method = RISE(masks: 3000, cells: 4, score: .logit)
    let result = try method.attribute(Question(pass: model.pass(), target: Target(0)), .none)
    let evidence = result.map.difference(from: result.zero)
    #expect(result.map.values[15] > 0.4)
    #expect(abs(evidence.values[15]) < 0.05)
    #expect(evidence.values[9 * 16 + 4] > 0.15)
    #expect(evidence.status == .ok)
  }

  /// A score that no mask changes: the map is nothing but the masks' own unevenness.
  @Test func riseOfAScoreThatNeverChangesIsFlat() throws {
    let zeros = [Float](repeating: 0, count: 20)
    let pass = try TinyModel.linear([zeros, zeros], of: zeros, width: 5).pass()
    let result = try RISE(masks: 30, cells: 2).attribute(Question(pass: pass, target: Target(0)), .none)
    #expect(result.map.status == .ok)
    #expect(result.zero?.value == 0.5)
    #expect(result.map.difference(from: result.zero).status == .flat)
    guard case .number(let noise) = note("mask_noise", of: result) else {
      Issue.record("there is no note mask_noise")
      return
    }
    let largest = result.map.values.map { abs(Double($0) - 0.5) }.max() ?? 0
    #expect(abs(noise - largest) < 1e-6 && noise > 0.01)
  }

  /// A single mask says nothing about places; two that differ do.
  @Test func oneMaskTellsNothing() throws {
    let model = TinyModel.convolutional()
    func status(_ masks: Int) throws -> MapStatus {
      let method = RISE(masks: masks, cells: 3, score: .logit)
      let result = try method.attribute(Question(pass: model.pass(), target: Target(1)), .none)
      return result.map.difference(from: result.zero).status
    }
    #expect(try status(1) == .flat)
    #expect(try status(200) == .ok)
  }

  // MARK: What follows the difference

  private func attribution(_ analysis: Analysis, _ classIndex: Int = 1) throws -> Attribution {
    try analysis.explain(RISE(masks: 60, cells: 4, score: .logit), target: Target(classIndex))
  }

  private func object(_ receipt: Receipt) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(receipt)) as? [String: Any])
  }

  @Test func theReceiptNamesTheZeroAndTheRawValues() throws {
    let analysis = try SmallNetwork.analysis()
    let attribution = try attribution(analysis)
    let zero = try #require(attribution.zero)
    let recipe = DisplayRecipe(evidence: .negative)
    let receipt = try object(attribution.receipt(recipe: recipe))
    let map = try #require(receipt["map"] as? [String: Any])
    #expect(map["zero"] as? Double == zero.value)
    #expect(map["zero_is"] as? String == "mean score over the masks")
    #expect((map["max"] as? Double).map { Float($0) } == attribution.map.maximum)
    #expect((map["mean"] as? Double).map { Float($0) } == attribution.map.mean)
    let share = try #require(map["share_of_negative_mass"] as? Double)
    #expect(abs(share - attribution.evidence.shareOfNegativeMass) < 1e-12)
    let limit = try #require((receipt["display"] as? [String: Any])?["limit"] as? Double)
    #expect(abs(limit - (zero.value - Double(attribution.map.minimum))) < 1e-6)

    let usual = try object(analysis.explain(ClassActivationMap(.gradCAM), target: Target(1)).receipt())
    let other = try #require(usual["map"] as? [String: Any])
    #expect(other["zero"] == nil && other["zero_is"] == nil)
  }

  @Test(arguments: Evidence.allCases) func picturesAreOfTheDifference(_ evidence: Evidence) throws {
    let analysis = try SmallNetwork.analysis()
    let attribution = try attribution(analysis)
    let zero = try #require(attribution.zero)
    let recipe = DisplayRecipe(colorMap: evidence.defaultColorMap, evidence: evidence, contours: [0.5])
    let differences = SaliencyMap(
      width: attribution.map.width, height: attribution.map.height,
      values: attribution.map.values.map { Float(Double($0) - zero.value) })
    let expected = try renderOverlay(
      differences, over: analysis.display, crop: attribution.geometry.region,
      originalSize: attribution.geometry.original, recipe: recipe)
    #expect(try attribution.overlay(on: analysis.display, recipe: recipe) == expected.picture)
    let raw = try renderOverlay(
      attribution.map, over: analysis.display, crop: attribution.geometry.region,
      originalSize: attribution.geometry.original, recipe: recipe)
    #expect(raw.picture != expected.picture)
  }

  @Test func severalClassesShareTheRangeOfTheirDifferences() throws {
    let analysis = try SmallNetwork.analysis()
    let ask = try Ask(
      AskFields([("classes", "1,2"), ("method", "rise"), ("masks", "60"), ("cells", "4"), ("score", "logit")]))
    let answer = try analysis.answer(ask.resolved(in: analysis.classifier))
    let largest = try [1, 2].map { Double(try attribution(analysis, $0).evidence.maximum) }.max()
    #expect(answer.recipe.range == .fixed(try #require(largest)))
    let raw = try NPY.encode([1, 2].map { try attribution(analysis, $0).map })
    #expect(answer.npy().bytes == raw)
  }

  /// Deletion, insertion and ROAD take the pixels by rank.
  @Test func theRankingOfPixelsIsThatOfTheRawMap() throws {
    let attribution = try attribution(SmallNetwork.analysis())
    #expect(PixelRanking(attribution.evidence).ranks == PixelRanking(attribution.map).ranks)
  }
}
