import Autodiff
import Synchronization
import TestSupport
import Testing

@testable import Explain

/// What all methods that change the input or the activations share.
@Suite struct PerturbationTests {
  static let methods: [any AttributionMethod] = [
    ScoreCAM(), ScoreCAM(upsampling: .corners), AblationCAM(), Occlusion(window: 4, stride: 3), RISE(masks: 41),
  ]

  @Test(arguments: methods.indices) func theSameBitsAtAnyNumberOfThreads(index: Int) throws {
    let model = TinyModel.convolutional()
    let maps = try [1, 2, 5].map { threads in
      try Self.methods[index].attribute(Question(pass: model.pass(threads: threads), target: Target(2)), .none).map
    }
    #expect(maps[1] == maps[0])
    #expect(maps[2] == maps[0])
  }

  /// The whole way of a score, in batches of 1 to more than there are.
  @Test(arguments: [1, 2, 3, 7, 20]) func theSameBitsInAnyBatch(batch: Int) throws {
    let pass = try TinyModel.convolutional().pass()
    let input = pass.input
    func scores(_ batch: Int) throws -> [[Double]] {
      try pass.scores(
        of: 17,
        changedInputs: { index, copy in
          input.withElements { image in
            for (place, value) in image.enumerated() { copy[place] = value * Float(index) / 17 }
          }
        }, targets: [Target(3, against: 0), Target(1)], as: .probability, progress: .none, group: batch)
    }
    #expect(try scores(batch) == scores(4))
    #expect(try scores(batch).map { Set($0).count } == [17, 17])
  }

  @Test(arguments: methods.indices) func cancelledBetweenBatches(index: Int) throws {
    let steps = Mutex(0)
    let progress = PassProgress(
      report: { _, _ in steps.withLock { $0 += 1 } }, isCancelled: { steps.withLock { $0 >= 2 } })
    let question = Question(pass: try TinyModel.convolutional().pass(), target: Target(0))
    #expect(throws: AttributionError.cancelled) { try Self.methods[index].attribute(question, progress) }
    #expect(steps.withLock { $0 } == 2)
  }

  @Test(arguments: methods.indices) func progressGoesFromNothingToAll(index: Int) throws {
    let seen = Mutex<[[Int]]>([])
    let progress = PassProgress(
      report: { done, total in seen.withLock { $0.append([done, total]) } }, isCancelled: { false })
    let question = Question(pass: try TinyModel.convolutional().pass(), target: Target(0))
    _ = try Self.methods[index].attribute(question, progress)
    let steps = seen.withLock { $0 }
    #expect(steps.first?[0] == 0 && steps.last?[0] == steps.last?[1] && steps.count > 1)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0[0] < $1[0] && $0[1] == $1[1] })
  }

  @Test(arguments: methods.indices) func memoryGoesBack(index: Int) throws {
    let pass = try TinyModel.convolutional().pass(threads: 1)
    let before = pass.engine.pool.counters.live
    _ = try Self.methods[index].attribute(Question(pass: pass, target: Target(0)), .none)
    #expect(pass.engine.pool.counters.live == before)
  }
}
