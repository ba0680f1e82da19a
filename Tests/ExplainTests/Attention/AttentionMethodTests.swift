import Autodiff
import Images
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

@testable import Explain

/// Explanations of a transformer against pytorch-grad-cam and the papers' formulas
/// (`Tests/Golden/make_transformer_goldens.py`), and what holds for each of them.
@Suite struct AttentionMethodTests {
  private static let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)

  private func question(_ small: SmallTransformer, _ targets: [Target]) throws -> Question {
    let pass = try ForwardPass(of: small.input(in: Self.engine.pool), by: small.classifier, on: Self.engine)
    return Question(pass: pass, targets: targets)
  }

  private func expect(
    _ method: any AttributionMethod, gives golden: String, of target: Int = 0,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let small = try SmallTransformer()
    let map = try method.attribute(question(small, [Target(target)]), .none).map
    #expect(map.width == 4 && map.height == 4, sourceLocation: location)
    let comparison = Comparison(map.values, expected: try small.golden.floats(golden))
    #expect(comparison.relativeL2 <= 2e-5, "\(golden): \(comparison)", sourceLocation: location)
  }

  @Test func logitsAreTheReferences() throws {
    let small = try SmallTransformer()
    let comparison = Comparison(
      try question(small, [Target(0)]).pass.logits, expected: try small.golden.floats("logits"))
    #expect(comparison.relativeL2 <= 1e-5, "\(comparison)")
  }

  @Test(arguments: ["grad-cam", "hirescam", "xgrad-cam", "layercam"], [0, 1])
  func classActivationMapsSeeThePatches(_ name: String, _ target: Int) throws {
    try expect(try MethodCatalog.method(named: name), gives: "\(name)/\(target)", of: target)
  }

  @Test func attentionOfABlockAndAHead() throws {
    try expect(AttentionMap(block: 1, head: 2), gives: "attention/1/2")
    try expect(AttentionMap(), gives: "attention/mean")
  }

  @Test(arguments: AttentionRollout.Fusion.allCases) func rollout(_ heads: AttentionRollout.Fusion) throws {
    try expect(AttentionRollout(heads: heads), gives: "attention-rollout/\(heads.rawValue)")
  }

  @Test func rolloutWithoutTheSmallestWeights() throws {
    try expect(AttentionRollout(discard: 0.6), gives: "attention-rollout/discard")
  }

  @Test(arguments: [0, 1]) func gradientRolloutAndLeGrad(_ target: Int) throws {
    try expect(GradientRollout(), gives: "gradient-rollout/\(target)", of: target)
    try expect(LeGrad(), gives: "legrad/\(target)", of: target)
  }

  /// Ablation-CAM replaces the patches and leaves the class token: channel by channel against a pass by hand.
  @Test func ablationLeavesTheClassTokenAndTheShortcut() throws {
    let small = try SmallTransformer()
    let pass = try question(small, [Target(0)]).pass
    let layer = small.classifier.network.targetLayer
    let activation = pass.head(after: layer).activation
    let unchanged = try pass.logits(ofActivations: activation, after: layer)[0]
    #expect(Comparison(unchanged, expected: pass.logits).relativeL2 <= 1e-6)
    for layer in ["blocks.1", "blocks.0.norm2", "norm"] {
      let replayed = try pass.logits(ofActivations: pass.head(after: layer).activation, after: layer)[0]
      #expect(Comparison(replayed, expected: pass.logits).relativeL2 <= 1e-6, "\(layer)")
    }
  }

  /// The same bytes alone and beside others, at any number of threads, and no more forward passes for more classes.
  @Test(arguments: MethodCatalog.entries.map(\.name)) func everyMethodWorks(_ name: String) throws {
    let method = try ExplainingTests.method(name)
    let targets = [Target(3), Target(0), Target(4, against: 1)]
    let results = try [1, 2, 5].map { threads in
      let engine = Engine(pool: BufferPool(poison: true), threadCount: threads)
      let analysis = try Analysis(of: SmallNetwork.picture, by: SmallTransformer().classifier, on: engine)
      let live = engine.pool.counters.live
      let together = try analysis.explain(method, targets: targets, augmentation: .flip)
      #expect(engine.pool.counters.live == live)
      let alone = try targets.map { try analysis.explain(method, target: $0, augmentation: .flip) }
      #expect(together == alone)
      return together.map { $0.map }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    let isBlind = ["eigen-cam", "attention", "attention-rollout"].contains(name)
    #expect(Set(results[0].map { $0.values }).count == (isBlind ? 1 : 3))
  }

  @Test func anotherSizeResizesThePositions() throws {
    let small = try SmallTransformer(side: 40)
    let analysis = try Analysis(of: SmallNetwork.picture, by: small.classifier, on: Self.engine)
    let map = try analysis.explain(ClassActivationMap(.gradCAM), target: Target(1)).map
    #expect(map.width == 5 && map.height == 5)
    #expect(small.classifier.layerShapes(on: Self.engine).first { $0.name == "blocks.2.norm1" }?.shape == [5, 5, 24])
  }

  @Test(arguments: MethodCatalog.entries.filter { $0.family == .attention }.map(\.name))
  func isRefusedWithoutAttention(_ name: String) throws {
    let error = #expect(throws: AttributionError.self) {
      try SmallNetwork.analysis().explain(MethodCatalog.method(named: name), target: Target(0))
    }
    #expect(error?.description.contains("can be asked for grad-cam") == true)
  }

  @Test func namesTheBlocksAndHeadsThatThereAre() throws {
    let question = try question(SmallTransformer(), [Target(0)])
    #expect(throws: AttributionError.badParameter("This model has the blocks 0 to 2; -1 is the last.")) {
      try AttentionMap(block: 3).attribute(question, .none)
    }
    #expect(throws: AttributionError.badParameter("This block has the heads 0 to 2; -1 is the mean of all.")) {
      try AttentionMap(head: 3).attribute(question, .none)
    }
  }
}
