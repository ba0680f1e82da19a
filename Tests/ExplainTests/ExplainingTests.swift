import Autodiff
import Foundation
import Models
import Networks
import Synchronization
import TestSupport
import Testing

@testable import Explain

/// What `Analysis.explain` does around a method: layers, fusion, augmentation, progress, cancellation; and that its
/// result depends on nothing else.
@Suite struct ExplainingTests {
  /// Methods that run many passes, with few of them, and on a small input.
  static let quick: [String: [String: String]] = [
    "smoothgrad": ["samples": "9"], "integrated-gradients": ["steps": "9", "baseline": "noise"],
    "rise": ["masks": "25"], "occlusion": ["window": "5", "stride": "3"],
  ]

  static func method(_ name: String) throws -> any AttributionMethod {
    try MethodCatalog.method(named: name, quick[name] ?? [:])
  }

  /// One, two, five threads; alone and four at once; augmented and over two layers where the method looks at one: the
  /// same bytes.
  @Test(arguments: SmallNetwork.methods) func theSameBytesUnderAnyLoad(_ name: String) async throws {
    let method = try Self.method(name)
    @Sendable func explain(_ engine: Engine) throws -> [Attribution] {
      let analysis = try SmallNetwork.analysis(on: engine)
      return [
        try analysis.explain(method, target: Target(1)),
        try analysis.explain(
          method, target: Target(2, against: 0), layers: method.usesLayer ? ["stem", "features"] : [],
          augmentation: .flipAndScale),
      ]
    }
    let expected = try explain(Engine(threadCount: 1))
    #expect(expected.allSatisfy { $0.map.values.allSatisfy(\.isFinite) })
    for threads in [2, 5] {
      let engine = Engine(pool: BufferPool(poison: true), threadCount: threads)
      #expect(try explain(engine) == expected)
      let concurrent = try await withThrowingTaskGroup(of: [Attribution].self) { group in
        for _ in 0..<4 { group.addTask { try explain(engine) } }
        return try await group.reduce(into: [[Attribution]]()) { $0.append($1) }
      }
      #expect(concurrent.allSatisfy { $0 == expected })
    }
  }

  /// An input gives the same bits alone and in any batch.
  @Test func aBatchChangesNothing() throws {
    let pass = try SmallNetwork.analysis().pass
    try expectBatchChangesNothing(pass)
  }

  @Test(
    .enabled(if: TestModels.has("keras-squeezenet1.1"), TestModels.note("keras-squeezenet1.1")),
    .enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")),
    arguments: ["keras-squeezenet1.1", "efficientnet-lite0"])
  func aBatchChangesNothingForAPublishedNetwork(_ model: String) throws {
    let classifier = try TestModels.library.classifier(model)
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    var random = SplitMix64(seed: 6)
    let shape = classifier.preprocessing.inputShape
    let input = Tensor(shape, random.units(shape.count).map { 100 * $0 }, in: engine.pool)
    try expectBatchChangesNothing(try ForwardPass(of: input, by: classifier, on: engine))
  }

  /// Once warm, a pass takes no memory from the system: every block is one that an earlier pass gave back.
  @Test(.enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")))
  func aWarmPassAllocatesNothing() throws {
    let classifier = try TestModels.library.classifier("efficientnet-lite0")
    let engine = Engine(threadCount: 1)
    func explain() throws {
      let input = Tensor.zeros(classifier.preprocessing.inputShape, in: engine.pool)
      let pass = try ForwardPass(of: input, by: classifier, on: engine)
      _ = pass.gradient(of: Target(7), at: pass.head(after: classifier.network.targetLayer))
    }
    try explain()
    let before = engine.pool.counters
    for _ in 0..<3 { try explain() }
    let after = engine.pool.counters
    #expect(after.fromSystem == before.fromSystem)
    #expect(after.reused > before.reused)
    #expect(after.live == before.live && after.peak == before.peak)
  }

  private func expectBatchChangesNothing(_ pass: ForwardPass) throws {
    let count = pass.input.count
    let batch = TestTimeAugmentation.flipAndScale.copies(of: pass.input, in: pass.engine.pool)
    let (all, images) = (batch.elements, batch.shape[0])
    let logits = try pass.logits(of: batch)
    let gradients = try pass.inputGradients(of: [Target(3)], at: batch)
    let passes = try pass.passes(of: batch)
    #expect(gradients.logits == logits && passes.map(\.logits) == logits)
    for image in 0..<images {
      let alone = Tensor(pass.input.shape, Array(all[image * count..<(image + 1) * count]), in: pass.engine.pool)
      let one = try pass.inputGradients(of: [Target(3)], at: alone)
      #expect(one.logits == [logits[image]])
      #expect(one.gradients[0].elements == Array(gradients.gradients[0].elements[image * count..<(image + 1) * count]))
      let again = try ForwardPass(of: alone, by: pass.classifier, on: pass.engine)
      #expect(again.activations.mapValues(\.elements) == passes[image].activations.mapValues(\.elements))
    }
  }

  // MARK: Layers

  @Test func oneLayersMapIsLeftAlone() throws {
    let analysis = try SmallNetwork.analysis()
    let attribution = try analysis.explain(ClassActivationMap(.hiResCAM), target: Target(0), layers: ["stem"])
    #expect(attribution.map == (try analysis.pass.map(of: 0, by: .hiResCAM, at: "stem")))
    #expect(attribution.layers == ["stem"])
    let usual = try analysis.explain(ClassActivationMap(.hiResCAM), target: Target(0))
    #expect(usual.layers == ["features"])
  }

  /// 4 x 1 and 2 x 2 cells: each over its largest magnitude, on 4 x 2 cells.
  @Test func fusionWorkedOutByHand() {
    let maps = [
      SaliencyMap(width: 4, height: 1, values: [2, 0, -4, 1]),
      SaliencyMap(width: 2, height: 2, values: [1, 1, -1, -1]),
    ]
    let mean = LayerFusion.mean.combine(maps)
    #expect(mean.width == 4 && mean.height == 2)
    #expect(mean.values == [0.75, 0.5, 0, 0.625, -0.25, -0.5, -1, -0.375])
    #expect(LayerFusion.maximum.combine(maps).values == [1, 1, 1, 1, 0.5, 0, -1, 0.25])
    let zero = SaliencyMap(width: 2, height: 2, values: [0, 0, 0, 0])
    #expect(LayerFusion.mean.combine([zero, maps[1]]).values == [0.5, 0.5, -0.5, -0.5])
  }

  @Test func layersThatMakeNoSenseAreRefused() throws {
    let analysis = try SmallNetwork.analysis()
    #expect(
      throws: AttributionError.badParameter("This model has no layer 'logits'. It has stem, features.")
    ) { try analysis.explain(ClassActivationMap(.gradCAM), target: Target(0), layers: ["logits"]) }
    #expect(
      throws: AttributionError.badParameter("The method 'saliency' looks at no layer; leave the layer out.")
    ) { try analysis.explain(Saliency(), target: Target(0), layers: ["stem"]) }
  }

  // MARK: Augmentation

  @Test func copiesWorkedOutByHand() {
    let pool = BufferPool(poison: true)
    let image = Tensor([1, 1, 3, 2], [1, 10, 2, 20, 3, 30], in: pool)
    #expect(TestTimeAugmentation.flip.copies(of: image, in: pool).elements == [3, 30, 2, 20, 1, 10])
    let copies = TestTimeAugmentation.flipAndScale.copies(of: image, in: pool)
    #expect(copies.shape == [5, 1, 3, 2])
    #expect(Array(copies.elements[..<6]) == [1, 10, 2, 20, 3, 30].map { 0.9 * $0 })
    #expect(Array(copies.elements[18..<24]) == [1, 10, 2, 20, 3, 30].map { 1.1 * $0 })
    let maps = [
      SaliencyMap(width: 2, height: 2, values: [1, 2, 3, 4]), SaliencyMap(width: 2, height: 2, values: [6, 5, 8, 7]),
    ]
    #expect(TestTimeAugmentation.flip.combine(maps).values == [3, 4, 5, 6])
  }

  /// The mean of the map and of the mirrored map of the mirror image.
  @Test func flippingIsTwoExplanations() throws {
    let counter = ForwardPassCounter()
    let analysis = try SmallNetwork.analysis(SmallNetwork.classifier(passes: counter))
    let attribution = try analysis.explain(ClassActivationMap(.gradCAM), target: Target(1), augmentation: .flip)
    #expect(counter.count == 2)
    let upright = try analysis.pass.map(of: 1, by: .gradCAM, at: "features")
    let mirrored = TestTimeAugmentation.flip.copies(of: analysis.pass.input, in: analysis.pass.engine.pool)
    let other = try ForwardPass(of: mirrored, by: analysis.classifier, on: analysis.pass.engine)
      .map(of: 1, by: .gradCAM, at: "features")
    for row in 0..<7 {
      for column in 0..<9 {
        let (a, b) = (upright.values[row * 9 + column], other.values[row * 9 + 8 - column])
        #expect(attribution.map.values[row * 9 + column] == Float((Double(a) + Double(b)) / 2))
      }
    }
    // A residual is of one map, not of the mean.
    #expect(!attribution.notes.contains { $0.name == "logit_residual" })
    #expect(attribution.augmentation == .flip)
  }

  // MARK: Several targets

  /// Each has the bits that it has alone, whatever stands beside it; over two layers and copies of the image too.
  @Test(arguments: SmallNetwork.methods) func severalTargetsAreEachAsAlone(_ name: String) throws {
    let method = try Self.method(name)
    let analysis = try SmallNetwork.analysis()
    let targets = [Target(3), Target(0), Target(4, against: 1), Target(2)]
    for augmentation in [TestTimeAugmentation.none, .flip] {
      let layers = method.usesLayer ? ["stem", "features"] : []
      let together = try analysis.explain(method, targets: targets, layers: layers, augmentation: augmentation)
      let alone = try targets.map {
        try analysis.explain(method, target: $0, layers: layers, augmentation: augmentation)
      }
      #expect(together == alone)
      #expect(Set(together.map(\.map.values)).count == (name == "eigen-cam" ? 1 : 4))
    }
  }

  /// What the target does not change is run once: as many forward passes for four targets as for one.
  @Test(arguments: SmallNetwork.methods) func severalTargetsShareTheForwardPasses(_ name: String) throws {
    let method = try Self.method(name)
    let counter = ForwardPassCounter()
    let analysis = try SmallNetwork.analysis(SmallNetwork.classifier(passes: counter))
    #expect(counter.count == 1)
    _ = try analysis.explain(method, target: Target(0))
    let one = counter.count
    _ = try analysis.explain(method, targets: (0..<4).map { Target($0) })
    #expect(counter.count - one == one - 1)
  }

  @Test func oneTargetThatMakesNoSenseRefusesAll() throws {
    let analysis = try SmallNetwork.analysis()
    #expect(throws: AttributionError.self) {
      try analysis.explain(ClassActivationMap(.gradCAM), targets: [Target(0), Target(1, against: 1)])
    }
  }

  // MARK: Progress

  /// Reports rise to one total and end there, over two layers too.
  @Test(arguments: SmallNetwork.methods) func progressEndsAtTheTotal(_ name: String) throws {
    let method = try Self.method(name)
    let steps = Mutex<[(Int, Int)]>([])
    let progress = PassProgress(
      report: { done, total in steps.withLock { $0.append((done, total)) } }, isCancelled: { false })
    _ = try SmallNetwork.analysis().explain(
      method, target: Target(1), layers: method.usesLayer ? ["stem", "features"] : [], progress: progress)
    let reports = steps.withLock { $0 }
    let last = try #require(reports.last)
    #expect(last.0 == last.1)
    #expect(reports.map(\.0) == reports.map(\.0).sorted())
    #expect(Set(reports.map(\.1)).count == 1)
  }

  @Test func progressCountsPasses() throws {
    let counter = ForwardPassCounter()
    let analysis = try SmallNetwork.analysis(SmallNetwork.classifier(passes: counter))
    for (name, total) in [("smoothgrad", 9), ("integrated-gradients", 10)] {
      let before = counter.count
      let steps = Mutex<[Int]>([])
      let progress = PassProgress(report: { done, _ in steps.withLock { $0.append(done) } }, isCancelled: { false })
      _ = try analysis.explain(try Self.method(name), target: Target(1), progress: progress)
      #expect(counter.count - before == total)
      #expect(steps.withLock { $0 }.last == total)
    }
  }

  /// Between passes: after the first batch no other is run.
  @Test(arguments: ["smoothgrad", "integrated-gradients"]) func cancellationEndsItBetweenPasses(_ name: String) throws {
    let counter = ForwardPassCounter()
    let analysis = try SmallNetwork.analysis(SmallNetwork.classifier(passes: counter))
    let before = counter.count
    let isCancelled = Atomic(false)
    let progress = PassProgress(
      report: { done, _ in if done > 1 { isCancelled.store(true, ordering: .relaxed) } },
      isCancelled: { isCancelled.load(ordering: .relaxed) })
    let method = try MethodCatalog.method(named: name)
    #expect(throws: AttributionError.cancelled) { try analysis.explain(method, target: Target(1), progress: progress) }
    #expect(counter.count - before <= ForwardPass.preferredBatch + 1)
  }

  /// Explanations leave nothing behind.
  @Test func memoryReturnsToWhereItBegan() throws {
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    let analysis = try SmallNetwork.analysis(on: engine)
    let live = engine.pool.counters.live
    for entry in MethodCatalog.entries(for: SmallNetwork.classifier().network) {
      _ = try analysis.explain(try Self.method(entry.name), target: Target(1), augmentation: .flip)
      #expect(engine.pool.counters.live == live, "\(entry.name)")
    }
  }

  /// Once warm, no explanation takes memory from the system. On one thread, where the blocks that are lent at once are
  /// always the same.
  @Test func aWarmExplanationAllocatesNothing() throws {
    let engine = Engine(threadCount: 1)
    let analysis = try SmallNetwork.analysis(on: engine)
    for entry in MethodCatalog.entries(for: SmallNetwork.classifier().network) {
      let method = try Self.method(entry.name)
      _ = try analysis.explain(method, target: Target(1))
      let before = engine.pool.counters
      _ = try analysis.explain(method, target: Target(2))
      let after = engine.pool.counters
      #expect(after.fromSystem == before.fromSystem, "\(entry.name)")
      #expect(after.live == before.live, "\(entry.name)")
    }
  }
}
