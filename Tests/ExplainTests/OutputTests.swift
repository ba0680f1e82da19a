import Foundation
import Models
import Networks
import Testing

@testable import Explain

/// Networks alike but for what their logits stand for.
@Suite("What logits stand for, explained")
struct OutputTests {
  private let softmax: Analysis
  private let sigmoid: Analysis
  private let value: Analysis
  private let binary: Analysis

  init() throws {
    softmax = try SmallNetwork.analysis()
    sigmoid = try SmallNetwork.analysis(SmallNetwork.classifier(output: .sigmoid))
    value = try SmallNetwork.analysis(SmallNetwork.classifier(output: .value, unit: "mm"))
    binary = try SmallNetwork.analysis(SmallNetwork.classifier(output: .sigmoid, isBetweenTwo: true))
  }

  @Test("predictions are told by probabilities of their own, or by values; in the order of the logits")
  func predictions() {
    let logits = softmax.pass.logits
    for analysis in [sigmoid, value] {
      #expect(analysis.pass.logits == logits)
      #expect(analysis.predictions(5).map(\.label.index) == softmax.predictions(5).map(\.label.index))
    }
    for (index, logit) in logits.enumerated() {
      #expect(abs(sigmoid.numbers[index] - Float(1 / (1 + exp(-Double(logit))))) < 1e-7)
      #expect(value.prediction(index).number == .value(logit, unit: "mm"))
      #expect(value.prediction(index).probability == nil)
    }
    #expect(abs(sigmoid.numbers.reduce(0, +) - 1) > 0.1)
  }

  @Test("maps are of the logits, whatever these stand for")
  func maps() throws {
    for method in [ClassActivationMap(.gradCAM), IntegratedGradients(steps: 3), ScoreCAM(), AblationCAM()]
      as [any AttributionMethod]
    {
      let expected = try softmax.explain(method, target: Target(2)).map
      #expect(try sigmoid.explain(method, target: Target(2)).map == expected, "\(method.name)")
      #expect(try value.explain(method, target: Target(2)).map == expected, "\(method.name)")
    }
  }

  @Test("a score of probabilities is the one that is told, and of values the value")
  func scores() throws {
    let logits = softmax.pass.logits.map { Double($0) }
    func score(_ target: Target, _ analysis: Analysis) -> Double {
      Score.probability.value(of: analysis.pass.logits, for: target, by: analysis.classifier)
    }
    let probabilities = logits.map { 1 / (1 + exp(-$0)) }
    #expect(abs(score(Target(3), sigmoid) - probabilities[3]) < 1e-12)
    #expect(abs(score(Target(3, against: 1), sigmoid) - (probabilities[3] - probabilities[1])) < 1e-12)
    #expect(score(Target(3), value) == logits[3])
    #expect(Score.probability.name(for: .value) == "value" && Score.probability.name(for: .sigmoid) == "probability")

    let (byProbability, byLogit) = (RISE(masks: 20, cells: 3), RISE(masks: 20, cells: 3, score: .logit))
    #expect(
      try value.explain(byProbability, target: Target(1)).map == softmax.explain(byLogit, target: Target(1)).map)
    let report = try value.pass.evaluate(
      [
        FaithfulnessSubject(
          try value.explain(ClassActivationMap(.gradCAM), target: Target(1)), by: ClassActivationMap(.gradCAM))
      ], target: Target(1), metrics: [.deletion])
    let curve = try #require(report.maps[0].deletion)
    #expect(curve.scores.first == logits[1])
  }

  @Test("of one sigmoid between two, the first is the complement of the second, and its map the negative")
  func complement() throws {
    let (no, yes) = (binary.prediction(0), binary.prediction(1))
    #expect(no.logit == -yes.logit)
    #expect(abs(try #require(no.probability) + #require(yes.probability) - 1) < 1e-6)
    for method in [
      ClassActivationMap(.gradCAM), ClassActivationMap(.hiResCAM), InputTimesGradient(), IntegratedGradients(steps: 3),
      Occlusion(window: 4, stride: 4), AblationCAM(),
    ] as [any AttributionMethod] {
      let maps = try binary.explain(method, targets: [Target(0), Target(1)]).map(\.map)
      #expect(maps[1].values.contains { $0 != 0 }, "\(method.name)")
      for (first, second) in zip(maps[0].values, maps[1].values) {
        #expect(abs(first + second) <= 1e-6 * maps[1].values.reduce(0) { max($0, abs($1)) }, "\(method.name)")
      }
    }
    let attribution = try binary.explain(ClassActivationMap(.gradCAM), target: Target(0))
    guard case .number(let residual)? = attribution.notes.first(where: { $0.name == "logit_residual" })?.value else {
      Issue.record("no residual")
      return
    }
    #expect(abs(residual) < 1e-4)
  }

  @Test("a value is held against no other, and is shown for and against unless somebody says otherwise")
  func asks() throws {
    func ask(_ pairs: [(String, String)]) throws -> Ask { try Ask(AskFields(pairs)) }
    let contrast = try ask([("class", "1"), ("against", "2")])
    #expect(throws: AskError.self) { try contrast.resolved(in: value.classifier) }
    #expect(try contrast.resolved(in: sigmoid.classifier).against == 2)

    func recipe(_ pairs: [(String, String)], _ analysis: Analysis) throws -> DisplayRecipe {
      try ask(pairs).resolved(in: analysis.classifier).presentation.recipe
    }
    #expect(try recipe([], value).evidence == .signed && recipe([], value).colorMap == .coolwarm)
    #expect(try recipe([], sigmoid).evidence == .positive)
    #expect(try recipe([("evidence", "positive")], value).evidence == .positive)
    #expect(try recipe([("colormap", "viridis")], value).evidence == .positive)
  }

  @Test("a change of confidence is measured of probabilities alone")
  func metrics() throws {
    func asked(_ metrics: String?) throws -> FaithfulnessAsk {
      try FaithfulnessAsk(AskFields(metrics.map { [("metrics", $0)] } ?? []))
    }
    #expect(try asked(nil).suiting(value.classifier).metrics == [.deletion, .insertion, .road])
    #expect(try asked("all").suiting(value.classifier).metrics.contains(.confidence) == false)
    #expect(try asked("deletion,confidence").suiting(sigmoid.classifier).metrics == [.deletion, .confidence])
    let named = try asked("deletion,confidence")
    #expect(throws: AskError.self) { try named.suiting(value.classifier) }
    let contrast = try FaithfulnessAsk(AskFields([("class", "1"), ("against", "2")]))
    #expect(throws: AskError.self) { try contrast.maps(in: value.classifier, mostLikely: 0) }
  }

  @Test("receipts say what logits stand for where it is not softmax, and values with their unit")
  func receipts() throws {
    func model(_ analysis: Analysis) throws -> [String: Any] {
      let receipt = try analysis.explain(ClassActivationMap(.gradCAM), target: Target(1)).receipt()
      let object = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(receipt)) as? [String: Any])
      return try #require(object["model"] as? [String: Any]).merging(
        ["class": (object["target"] as? [String: Any])?["class"] as Any]) { $1 }
    }
    #expect(try model(softmax)["output"] == nil)
    #expect(try model(sigmoid)["output"] as? String == "sigmoid")
    #expect(try model(value)["output"] as? String == "value")
    let told = try #require(try model(value)["class"] as? [String: Any])
    #expect(told["unit"] as? String == "mm" && told["probability"] == nil)
    #expect(told["value"] as? Double == told["logit"] as? Double)
  }

  @Test("predictions are read as they were written")
  func coding() throws {
    for prediction in [softmax.prediction(1), value.prediction(1)] {
      let read = try JSONDecoder().decode(Prediction.self, from: JSONEncoder().encode(prediction))
      #expect(read == prediction)
    }
  }

  @Test(
    "values are written with four digits",
    arguments: [(41.2537, "41.25"), (-0.0123456, "-0.01235"), (98_765, "98770"), (7, "7"), (0, "0")])
  func text(value: Float, expected: String) {
    #expect(significantText(value) == expected)
  }
}
