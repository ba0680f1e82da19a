import Autodiff
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

@Suite struct CAMPropertyTests {
  /// At the layer before the mean and the linear layer the gradient is the same at every cell.
  @Test(arguments: 0..<SmallNetwork.classCount)
  func threeMethodsAreOneBeforeTheMean(classIndex: Int) throws {
    let pass = try SmallNetwork.analysis().pass
    let gradCAM = try pass.map(of: classIndex, by: .gradCAM, at: "features")
    #expect(gradCAM.width == 9 && gradCAM.height == 7)
    for rule in [CAMRule.hiResCAM, .xGradCAM] {
      let comparison = Comparison(
        try pass.map(of: classIndex, by: rule, at: "features").values, expected: gradCAM.values)
      #expect(comparison.relativeL2 < 1e-5, "\(rule.name): \(comparison)")
    }
  }

  /// Amid the network they differ, but XGrad-CAM keeps HiResCAM's total.
  @Test func xGradCAMKeepsTheTotal() throws {
    let pass = try SmallNetwork.analysis().pass
    func total(_ rule: CAMRule) throws -> Double {
      try pass.map(of: 2, by: rule, at: "stem").values.reduce(0) { $0 + Double($1) }
    }
    #expect(abs(try total(.xGradCAM) - total(.hiResCAM)) < 1e-4 * abs(try total(.hiResCAM)))
    #expect(abs(try total(.gradCAM) - total(.hiResCAM)) > 0.05 * abs(try total(.hiResCAM)))
  }

  /// The activations are not negative, so neither is what leaves out negative weights.
  @Test(arguments: [CAMRule.layerCAM, .gradCAMPlusPlus].map(\.name))
  func methodsWithoutEvidenceAgainst(_ name: String) throws {
    let pass = try SmallNetwork.analysis().pass
    for layer in ["stem", "features"] {
      let map = try pass.ask(try MethodCatalog.method(named: name), Target(1), at: layer).map
      #expect(map.minimum >= 0 && map.maximum > 0)
    }
  }

  @Test(arguments: ["grad-cam", "hirescam", "xgrad-cam"]) func theResidualIsReported(_ name: String) throws {
    let analysis = try SmallNetwork.analysis()
    let method = try MethodCatalog.method(named: name)
    for target in [Target(0), Target(3), Target(4, against: 1)] {
      let residual = try #require(try analysis.pass.ask(method, target).number("logit_residual"))
      #expect(abs(residual) < 1e-5)
    }
    // Behind another layer there is more than a mean.
    #expect(try analysis.pass.ask(method, Target(0), at: "stem").number("logit_residual") == nil)
  }

  /// The residual tells a map that does not sum to the logit from one that does.
  @Test func theResidualIsOfTheBias() throws {
    let classifier = SmallNetwork.classifier()
    let plain = classifier.network
    let wrong = Network(
      stages: plain.stages, targetLayer: plain.targetLayer, classCount: plain.classCount,
      meanReadout: Network.MeanReadout(layers: ["features"], bias: nil))
    let pass = try SmallNetwork.analysis(classifier).pass
    let unbiased = try ForwardPass(
      of: pass.input, by: Classifier(manifest: classifier.manifest, network: wrong, labels: classifier.labels),
      on: pass.engine)
    let bias = try #require(plain.meanReadout).bias(of: 2)
    let residual = try #require(try unbiased.ask(ClassActivationMap(.gradCAM), Target(2)).number("logit_residual"))
    #expect(abs(residual + Double(bias)) < 1e-5)
  }

  @Test func eigenCAMIsTheSameForEveryClassAndSumsToZero() throws {
    let pass = try SmallNetwork.analysis().pass
    let maps = try (0..<SmallNetwork.classCount).map { try pass.map(of: $0, by: .eigenCAM, at: "features") }
    #expect(Set(maps).count == 1)
    #expect(abs(maps[0].mean) < 1e-5 * maps[0].maximum)
    #expect(maps[0].maximum >= -maps[0].minimum)
  }

  /// With other weights after the layer the map of the same class is another one.
  @Test(arguments: SmallNetwork.methods.filter { $0 != "eigen-cam" })
  func aRandomisedHeadChangesTheMap(_ name: String) throws {
    let method = try ExplainingTests.method(name)
    let trained = try SmallNetwork.analysis().explain(method, target: Target(1)).map
    let random = try SmallNetwork.analysis(SmallNetwork.classifier(headSeed: 77)).explain(method, target: Target(1)).map
    let comparison = Comparison(random.values, expected: trained.values)
    #expect(comparison.relativeL2 > 0.05, "\(comparison)")
  }

  /// A layer overflows, and the clamp after it hides that from the logits: every method that looks at the layer still
  /// says so.
  @Test(arguments: MethodCatalog.entries.filter { $0.family == .activation }.map(\.name))
  func anOverflowThatTheLogitsHideNamesTheLayer(_ name: String) throws {
    var stages = SmallNetwork.classifier().network.stages
    let stem = stages[0]
    stages[0] = Network.Stage("stem") { x in
      affine(
        stem.run(x), scale: .constant(Tensor([8], Array(repeating: 3e38, count: 8), in: BufferPool())),
        shift: .constant(.zeros([8], in: BufferPool())))
    }
    stages[1] = Network.Stage("features") { x in activate(x, .relu6) }
    stages[2] = Network.Stage("logits") { x in
      linear(globalAveragePool(x), weight: .constant(Tensor([2, 8], (0..<16).map(Float.init), in: BufferPool())))
    }
    let network = Network(stages: stages, targetLayer: "features", classCount: 2)
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 1)
    let input = Tensor([1, 14, 18, 3], (0..<756).map { Float($0 % 7) }, in: engine.pool)
    let pass = try ForwardPass(
      of: input, by: ForwardPassTests.classifier(network, ForwardPassCounter()), on: engine)
    #expect(pass.logits.allSatisfy { $0.isFinite })
    let method = try MethodCatalog.method(named: name)
    #expect(throws: AttributionError.notFinite(layer: "stem", model: "test")) {
      try pass.ask(method, Target(1), at: "stem")
    }
  }

  @Test func numbersThatAreNotFiniteNameTheLayer() throws {
    var stages = SmallNetwork.classifier().network.stages
    stages[1] = Network.Stage("features") { x in
      // Finite going forward; the gradient overflows on its way back.
      let large = affine(
        x, scale: .constant(Tensor([8], Array(repeating: 1e-30, count: 8), in: BufferPool())),
        shift: .constant(.zeros([8], in: BufferPool())))
      return affine(
        large, scale: .constant(Tensor([8], Array(repeating: 1e30, count: 8), in: BufferPool())),
        shift: .constant(.zeros([8], in: BufferPool())))
    }
    stages[2] = Network.Stage("logits") { x in
      linear(
        globalAveragePool(x), weight: .constant(Tensor([2, 8], Array(repeating: 1e30, count: 16), in: BufferPool())))
    }
    let network = Network(stages: stages, targetLayer: "features", classCount: 2)
    let classifier = ForwardPassTests.classifier(network, ForwardPassCounter())
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 1)
    let input = Tensor([1, 7, 9, 3], (0..<189).map { Float($0 % 5) / 10 }, in: engine.pool)
    let pass = try ForwardPass(of: input, by: classifier, on: engine)
    for rule in [CAMRule.gradCAM, .gradCAMPlusPlus, .layerCAM, .eigenGradCAM] {
      #expect(throws: AttributionError.notFinite(layer: "stem", model: "test")) {
        try pass.ask(ClassActivationMap(rule), Target(0), at: "stem")
      }
    }
    #expect(throws: AttributionError.notFinite(layer: "input", model: "test")) {
      try pass.ask(Saliency(), Target(0))
    }
  }
}
