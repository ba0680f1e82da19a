import Autodiff
import Foundation
import Images
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

@Suite struct FaithfulnessTests {
  // MARK: ROAD

  /// f = the sum of an image of ones: what is removed is filled with ones again, and nothing changes.
  @Test func anEvenImageIsFilledAsItWas() throws {
    let ones = [Float](repeating: 1, count: 100)
    let pass = try TinyModel.linear([ones, [Float](repeating: 0, count: 100)], of: ones, width: 10).pass()
    var rules = FaithfulnessProtocol()
    rules.score = .logit
    rules.roadNoise = 0
    let road = try pass.removeAndDebias(
      PixelRanking(ControlMap.random.map(width: 10, height: 10, seed: 0)), protocol: rules, target: Target(0),
      progress: .none)
    #expect(road.percentages == [10, 20, 30, 40, 50, 60, 70, 80, 90])
    #expect(road.original == 100)
    #expect((road.mostRelevantFirst + road.leastRelevantFirst).allSatisfy { abs($0 - 100) < 1e-4 })
    #expect(abs(road.combined) < 1e-5)
  }

  /// One bright pixel of a dark image is the score. The map that knows it loses it at once; its reverse keeps it to the
  /// end.
  @Test func theBrightPixelIsRemovedFirstOrLast() throws {
    var weights = [Float](repeating: 0, count: 100)
    weights[44] = 1
    let pass = try TinyModel.linear([weights], of: weights, width: 10).pass()
    var rules = FaithfulnessProtocol()
    rules.score = .logit
    rules.roadPercentages = [10, 50, 90]
    let road = try pass.removeAndDebias(
      PixelRanking(SaliencyMap(width: 10, height: 10, values: weights)), protocol: rules, target: Target(0),
      progress: .none)
    #expect(road.leastRelevantFirst == [1, 1, 1])
    #expect(road.leastRelevantChange == 0)
    // The neighbours are dark, so noise of 0.01 is all that is left.
    #expect(road.mostRelevantFirst.allSatisfy { abs($0) < 0.05 && $0 != 0 })
    #expect(abs(road.mostRelevantChange + 1) < 0.05)
    #expect(abs(road.combined - 0.5) < 0.025)
  }

  // MARK: Confidence

  /// Two classes with logits x_0 and x_1 of x = (2, 3): the map (8, 2) hides x_1, the map (-1, 5) hides x_0.
  @Test func confidenceWorkedOutByHand() throws {
    let pass = try TinyModel.linear([[1, 0, 0, 0], [0, 1, 0, 0]], of: [2, 3, 0, 0], width: 2).pass()
    func change(_ values: [Float]) throws -> ConfidenceChange {
      try pass.confidenceChange(SaliencyMap(width: 2, height: 2, values: values), target: Target(0), progress: .none)
    }
    let kept = try change([8, 2, 2, 2])
    #expect(abs(kept.original - 0.2689414) < 1e-6)
    #expect(abs(kept.masked - 0.8807971) < 1e-6)
    #expect(kept.drop == 0 && kept.isIncrease)
    #expect(abs(kept.gain - (0.8807971 - 0.2689414) / (1 - 0.2689414)) < 1e-6)

    let hidden = try change([-1, 5, 0, 0])
    #expect(abs(hidden.masked - 0.0474259) < 1e-6)
    #expect(abs(hidden.drop - (0.2689414 - 0.0474259) / 0.2689414) < 1e-5)
    #expect(!hidden.isIncrease && hidden.gain == 0)

    // Without anything positive, and flat: the image is hidden.
    #expect(try change([-1, -2, -3, -4]).masked == 0.5)
    #expect(try change([3, 3, 3, 3]).masked == 0.5)
  }

  // MARK: Sensitivity

  /// Φ(x) = x: the change is the perturbation itself.
  private struct Echo: AttributionMethod {
    var name: String { "echo" }
    var resolution: Resolution { .input }
    func cost(of question: QuestionShape) -> Cost { Cost() }
    func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
      let input = question.pass.input
      let map = SaliencyMap(width: input.shape[2], height: input.shape[1], values: input.elements)
      return question.targets.map { _ in MethodResult(map: map) }
    }
  }

  @Test func theSensitivityOfTheIdentityIsThePerturbation() throws {
    let image: [Float] = [1, -2, 0.5, 3, 0, 0.25]
    let pass = try TinyModel.linear([[1, 1, 1, 1, 1, 1]], of: image, width: 3).pass()
    var rules = FaithfulnessProtocol()
    rules.sensitivityRadius = 0.5
    rules.sensitivitySamples = 20
    let echo = try Echo().attribute(Question(pass: pass, target: Target(0)), .none).map
    let sensitivity = try #require(
      try pass.maxSensitivity(of: echo, protocol: rules, progress: .none) { pass, progress throws(AttributionError) in
        try Echo().attribute(Question(pass: pass, target: Target(0)), progress).map
      })
    let norm = image.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
    let expected = (0..<20).map { sample in
      let numbers = RandomNumbers(seed: 0, stream: UInt64(sample))
      return (0..<6).reduce(0.0) { $0 + pow(numbers.uniform($1) - 0.5, 2) }.squareRoot() / norm
    }
    #expect(zip(sensitivity.samples, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(sensitivity.maximum == sensitivity.samples.max())
    #expect(sensitivity.maximum <= 0.5 * 6.0.squareRoot() / norm)
  }

  // MARK: Report

  private func subject(_ method: any AttributionMethod, _ pass: ForwardPass, _ target: Target) throws
    -> FaithfulnessSubject
  {
    let size = ImageSize(width: pass.input.shape[2], height: pass.input.shape[1])
    let result = try method.attribute(Question(pass: pass, target: target), .none)
    let prediction = Prediction(
      label: pass.classifier.labels[target.classIndex], logit: pass.logits[target.classIndex], probability: 0)
    let attribution = Attribution(
      method: method.name, parameters: method.parameters, notes: result.notes,
      layers: method.usesLayer ? [pass.classifier.network.targetLayer] : [], fusion: .mean, augmentation: .none,
      target: target,
      prediction: prediction, against: nil, map: result.map, zero: result.zero,
      geometry: pass.classifier.preprocessing.geometry(of: size), window: nil,
      image: nil, model: pass.classifier.manifest)
    return FaithfulnessSubject(attribution, by: method)
  }

  private func rules() -> FaithfulnessProtocol {
    var rules = FaithfulnessProtocol()
    rules.steps = 10
    rules.roadPercentages = [20, 60]
    rules.sensitivitySamples = 3
    return rules
  }

  @Test func theSameReportAtAnyNumberOfThreads() throws {
    let reports = try [1, 2, 5].map { threads in
      let pass = try TinyModel.convolutional().pass(threads: threads)
      let subjects = try [
        subject(ClassActivationMap(.gradCAM), pass, Target(1)),
        subject(Occlusion(window: 4, stride: 2), pass, Target(1)),
      ]
      return try pass.evaluate(
        subjects, target: Target(1), metrics: [.deletion, .insertion, .road, .confidence, .sensitivity],
        protocol: rules())
    }
    #expect(reports[0].maps.map(\.name) == ["grad-cam", "occlusion", "random", "random-cells", "centred-gaussian"])
    #expect(reports[0].maps.map(\.isControl) == [false, false, true, true, true])
    #expect(reports[0].maps.allSatisfy { $0.deletion != nil && $0.road != nil && $0.sensitivity != nil })
    #expect(reports[0].maps.allSatisfy { $0.randomisation == nil })
    #expect(reports[0].maps[2].sensitivity?.maximum == 0)
    #expect((reports[0].maps[0].sensitivity?.maximum ?? 0) > 0)
    #expect(reports[1] == reports[0])
    #expect(reports[2] == reports[0])
  }

  /// A report is read back as itself, and its derived numbers follow anew from what it keeps.
  @Test func aReportIsReadBackAsItself() throws {
    let pass = try TinyModel.convolutional().pass()
    let report = try pass.evaluate(
      [subject(ClassActivationMap(.gradCAM), pass, Target(2, against: 1))], target: Target(2, against: 1),
      metrics: [.deletion, .insertion, .road, .confidence, .sensitivity], protocol: rules())
    let json = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(FaithfulnessReport.self, from: json) == report)
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let map = try #require((object["maps"] as? [[String: Any]])?.first)
    func keys(_ metric: String) -> Set<String>? { (map[metric] as? [String: Any]).map { Set($0.keys) } }
    #expect(keys("deletion") == ["auc", "fractions", "scores"])
    #expect(
      keys("road")
        == ["combined", "morf_change", "lerf_change", "original", "percentages", "morf_scores", "lerf_scores"])
    #expect(keys("confidence") == ["original", "masked", "drop", "increase", "gain"])
    #expect(keys("sensitivity") == ["maximum", "samples"])
  }

  /// Insertion ends and deletion begins at the image; the insertion of the default protocol begins at the blurred one.
  @Test func theCurvesBeginAndEndWhereTheProtocolSays() throws {
    let pass = try TinyModel.convolutional().pass()
    let report = try pass.evaluate(
      [subject(ClassActivationMap(.gradCAM), pass, Target(2))], target: Target(2), metrics: [.deletion, .insertion],
      protocol: rules())
    let original = Score.probability.value(of: pass.logits, for: Target(2), by: pass.classifier)
    let blurred = SeparableFilter.rise(pass.input, in: pass.engine.pool)
    let start = Score.probability.value(of: try pass.logits(of: blurred)[0], for: Target(2), by: pass.classifier)
    for map in report.maps {
      #expect(map.deletion?.scores.first == original)
      #expect(map.insertion?.scores.last == original)
      #expect(map.insertion?.scores.first == start)
      #expect(map.deletion?.scores.count == 11)
    }
  }

  @Test func theAnswerCarriesItsProtocol() throws {
    let pass = try TinyModel.convolutional().pass()
    let report = try pass.evaluate(
      [subject(ClassActivationMap(.gradCAM), pass, Target(2, against: 0))], target: Target(2, against: 0),
      metrics: [.deletion, .confidence], protocol: rules())
    let json = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
    #expect(Set(json.keys) == ["model", "class", "against", "protocol", "maps"])
    #expect(json["class"] as? Int == 2 && json["against"] as? Int == 0)
    let stated = try #require(json["protocol"] as? [String: Any])
    #expect(stated["score"] as? String == "probability")
    #expect(stated["steps"] as? Int == 10)
    #expect(stated["deletion_baseline"] as? String == "zero")
    #expect(stated["insertion_baseline"] as? String == "blur")
    let first = try #require((json["maps"] as? [[String: Any]])?.first)
    #expect(first["name"] as? String == "grad-cam" && first["control"] as? Bool == false)
    #expect(Set(first.keys) == ["name", "control", "layers", "deletion", "confidence"])
    let deletion = try #require(first["deletion"] as? [String: Any])
    #expect(Set(deletion.keys) == ["auc", "fractions", "scores"])
    let area = try #require(report.maps[0].deletion?.areaUnderCurve)
    #expect(abs(try #require(deletion["auc"] as? Double) - area) < 1e-12)
    let confidence = try #require(first["confidence"] as? [String: Any])
    #expect(Set(confidence.keys) == ["original", "masked", "drop", "increase", "gain"])
  }

  @Test(arguments: 0..<6) func aProtocolThatMakesNoSenseIsRefused(index: Int) throws {
    var rules = rules()
    switch index {
    case 0: rules.steps = 0
    case 1: rules.roadPercentages = [100]
    case 2: rules.roadPercentages = []
    case 3: rules.roadNoise = -1
    case 4: rules.sensitivityRadius = 0
    default: rules.sensitivitySamples = 0
    }
    let pass = try TinyModel.convolutional().pass()
    #expect(throws: AttributionError.self) { try pass.evaluate([], target: Target(0), protocol: rules) }
  }

  // MARK: Controls

  @Test func theGaussianIsCentredAndTheRandomMapsAreNot() {
    let gaussian = ControlMap.centredGaussian.map(width: 8, height: 5, seed: 0)
    #expect(gaussian.values[2 * 8 + 3] == gaussian.maximum && gaussian.values[2 * 8 + 4] == gaussian.maximum)
    #expect(gaussian.values.first == gaussian.values.last && gaussian.values.first == gaussian.minimum)
    // A quarter of the width from the middle is one deviation.
    let line = ControlMap.centredGaussian.map(width: 101, height: 1, seed: 0)
    #expect(abs(line.values[75] - 0.6126) < 1e-3)
    for control in [ControlMap.random, .randomCells] {
      #expect(control.map(width: 8, height: 5, seed: 0) == control.map(width: 8, height: 5, seed: 0))
      #expect(control.map(width: 8, height: 5, seed: 0) != control.map(width: 8, height: 5, seed: 1))
    }
  }
}
