import Images
import Models
import Synchronization
import Testing

@testable import Autodiff
@testable import Explain
@testable import Networks

/// What methods say that they cost, against what they run.
@Suite struct CostTests {
  /// Every method with parameters and a question for which it is small, and whether the number is exact.
  private static let methods: [any AttributionMethod] = SmallNetwork.methods.map { name in
    try! MethodCatalog.method(named: name, ExplainingTests.quick[name] ?? [:])
  }

  @Test(arguments: methods.indices, [1, 3]) func isWhatIsRun(_ index: Int, targets: Int) throws {
    let method = Self.methods[index]
    let counter = PassCounter()
    let analysis = try SmallNetwork.analysis(counter.counting(SmallNetwork.classifier()))
    let wanted = (0..<targets).map { Target($0) }
    let layers = method.usesLayer ? ["stem", "features"] : []
    for layers in [[], layers] {
      for augmentation in TestTimeAugmentation.allCases {
        let cost = try analysis.cost(of: method, targets: targets, layers: layers, augmentation: augmentation)
        let run = try counter.run {
          _ = try analysis.explain(method, targets: wanted, layers: layers, augmentation: augmentation)
        }
        #expect(run.forward <= cost.forward && run.reverse <= cost.reverse, "\(method.name): \(run) of \(cost)")
        #expect(!cost.isExact || run == cost, "\(method.name): \(run) instead of \(cost)")
      }
    }
  }

  /// What is thought of a question before a model is at hand.
  @Test func isGuessedWithoutAModel() throws {
    var ask = Ask()
    #expect(ask.likelyPasses == 1)
    ask.classes = .list(["1", "2", "3"])
    #expect(ask.likelyPasses == 3)
    ask.layers = ["a", "b"]
    #expect(ask.likelyPasses == 6)
    ask.augmentation = .flip
    #expect(ask.likelyPasses == 12, "for the image and its mirror image")
    ask = Ask()
    ask.method = try MethodChoice("rise", ["masks": "500"])
    #expect(ask.likelyPasses == 500)
  }

  /// Only where the image decides is the cost a bound.
  @Test func isABoundWhereTheImageDecides() throws {
    let analysis = try SmallNetwork.analysis()
    let bounds = try Self.methods.filter { try !analysis.cost(of: $0).isExact }.map { $0.name }
    #expect(bounds == ["score-cam", "ablation-cam", "occlusion"])
  }

  /// The account of progress counts forward passes, or the reverse ones of a method that makes no others.
  /// Guided Grad-CAM is two computations, each of which counts in thousandths.
  @Test(arguments: methods.indices.filter { methods[$0].name != "guided-grad-cam" })
  func isWhatProgressCounts(_ index: Int) throws {
    let method = Self.methods[index]
    let analysis = try SmallNetwork.analysis()
    let cost = try analysis.cost(of: method, targets: 2)
    let total = Mutex(0)
    let progress = PassProgress(report: { _, count in total.withLock { $0 = count } }, isCancelled: { false })
    _ = try analysis.explain(method, targets: [Target(0), Target(1)], progress: progress)
    let expected = max(cost.forward > 0 ? cost.forward : cost.reverse, 1)
    #expect(cost.isExact ? total.withLock { $0 } == expected : total.withLock { $0 } <= expected)
  }

  /// From the numbers of the question alone, on the input and the last layer of ResNet-50.
  @Test(arguments: [
    ("occlusion", ["window": "1", "stride": "1"], Cost(forward: 50_176, isExact: false)),
    ("occlusion", [:], Cost(forward: 784, isExact: false)),
    ("rise", ["masks": "4000"], Cost(forward: 4000)),
    ("score-cam", [:], Cost(forward: 2048, isExact: false)),
    ("ablation-cam", [:], Cost(forward: 2048, isExact: false)),
    ("smoothgrad", ["samples": "20"], Cost(forward: 20, reverse: 60)),
    ("integrated-gradients", ["steps": "20"], Cost(forward: 21, reverse: 60)),
    ("grad-cam", [:], Cost(reverse: 3)), ("eigen-cam", [:], Cost()),
    ("saliency", [:], Cost(forward: 1, reverse: 3)), ("guided-grad-cam", [:], Cost(forward: 1, reverse: 6)),
  ])
  func followsFromTheQuestionsShape(name: String, values: [String: String], expected: Cost) throws {
    let method = try MethodCatalog.method(named: name, values)
    let shape = QuestionShape(
      input: ImageSize(width: 224, height: 224), layerChannels: 2048, targets: 3, isRecorded: true)
    #expect(method.cost(of: shape) == expected)
    #expect(expected.passes == expected.forward + expected.reverse)
  }

  /// What `results` refuses costs nothing, and does not end the process.
  @Test func aWindowThatDoesNotFitCostsNothing() {
    let shape = QuestionShape(input: ImageSize(width: 8, height: 20), layerChannels: 1, targets: 1, isRecorded: true)
    let misfits = [
      Occlusion(window: 9), Occlusion(window: 0), Occlusion(window: 3, stride: 0), Occlusion(window: 1, stride: 5),
    ]
    for occlusion in misfits {
      #expect(occlusion.cost(of: shape) == Cost())
    }
  }

  @Test func isRefusedAsTheExplanationIs() throws {
    let analysis = try SmallNetwork.analysis()
    #expect(throws: AttributionError.self) { try analysis.cost(of: ClassActivationMap(.gradCAM), layers: ["nowhere"]) }
    #expect(throws: AttributionError.self) { try analysis.cost(of: Saliency(), layers: ["stem"]) }
  }
}

/// Counts runs of a network's last stage, whatever they begin at, and cotangents through it.
private final class PassCounter: Sendable {
  private let current = Mutex(Cost())

  func counting(_ classifier: Classifier) -> Classifier {
    let network = classifier.network
    let last = network.stages[network.stages.count - 1]
    let counted = Network.Stage(last.name) { [self] x in
      let logits = last.run(x)
      current.withLock { $0.forward += logits.shape[0] }
      guard let tape = logits.tape else { return logits }
      var pullbacks = Pullbacks()
      pullbacks.add(for: logits) { [self] cotangent, _ in
        current.withLock { $0.reverse += cotangent.shape[0] }
        return cotangent
      }
      return tape.record(logits.value, pullbacks)
    }
    return Classifier(
      manifest: classifier.manifest,
      network: Network(
        stages: network.stages.dropLast() + [counted], targetLayer: network.targetLayer,
        classCount: network.classCount, meanReadout: network.meanReadout),
      labels: classifier.labels)
  }

  func run(_ body: () throws -> Void) rethrows -> Cost {
    current.withLock { $0 = Cost() }
    try body()
    return current.withLock { $0 }
  }
}
