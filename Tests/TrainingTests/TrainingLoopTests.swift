import Autodiff
import Foundation
import Models
import TestSupport
import Testing

@testable import Networks
@testable import Training

@Suite("The loop of a phase")
struct TrainingLoopTests {
  private func values(_ task: TinyTask) -> [[Float]] { task.parameters.map { $0.parameter.value.elements } }

  private func phase(epochs: Int) -> TrainingConfiguration.Phase {
    var phase = TrainingConfiguration.Phase.plain(epochs: epochs, kind: .adamw, rate: 0.03)
    phase.averageDecay = 0.9
    phase.dropout = 0.3
    return phase
  }

  @Test("gives the same bits at one thread and at several, and for the same seed only")
  func seeds() throws {
    func run(threads: Int, seed: UInt64) throws -> [[Float]] {
      let task = try TinyTask(steps: TinyTask.someSteps(4, batch: 5), dropout: 0.3)
      var loop = TrainingLoop(task, phase(epochs: 3), threads: threads, seed: seed)
      _ = try loop.run { _ in }
      return values(task)
    }
    let once = try run(threads: 1, seed: 1)
    #expect(try run(threads: 2, seed: 1) == once)
    #expect(try run(threads: 5, seed: 1) == once)
    #expect(try run(threads: 1, seed: 2) != once)
  }

  @Test("goes on from a checkpoint after any step to the same bits", arguments: 1...7)
  func resumes(stop: Int) throws {
    let folder = try ScratchFolder()
    let path = folder("checkpoint.safetensors")
    let steps = TinyTask.someSteps(3)
    let whole = try TinyTask(steps: steps, dropout: 0.3)
    var loop = TrainingLoop(whole, phase(epochs: 3))
    _ = try loop.run { _ in }

    let first = try TinyTask(steps: steps, dropout: 0.3)
    var count = 0
    var stopped = TrainingLoop(
      first, phase(epochs: 3), number: 1, of: 1, seed: 0, on: Engine(threadCount: 1), report: { _ in },
      isCancelled: {
        count += 1
        return count == stop
      })
    let outcome = try stopped.run { state throws(TrainingError) in
      try Checkpoint.write(state, of: first, phase: 0, run: "r", to: path)
    }
    #expect(outcome == .interrupted)

    let second = try TinyTask(steps: steps, dropout: 0.3)
    let pool = BufferPool()
    let state = try Checkpoint(path).restore(second, phase(epochs: 3), in: pool)
    var resumed = TrainingLoop(
      second, phase(epochs: 3), number: 1, of: 1, seed: 0, on: Engine(threadCount: 1), report: { _ in },
      isCancelled: { false }, from: state)
    #expect(try resumed.run { _ in } == .finished)
    #expect(values(second) == values(whole))
    #expect(resumed.chosenValues().mapValues(\.elements) == loop.chosenValues().mapValues(\.elements))
    func withoutTimes(_ loop: TrainingLoop) -> [EpochRecord] {
      loop.state.history.map {
        var record = $0
        (record.seconds, record.imagesPerSecond, record.validationSeconds) = (0, 0, nil)
        return record
      }
    }
    #expect(withoutTimes(resumed) == withoutTimes(loop))
    #expect(resumed.state.best?.epoch == loop.state.best?.epoch)
  }

  @Test("ends with a sentence when the loss is not finite, and saves nothing of it")
  func divergence() throws {
    var steps = TinyTask.someSteps(3)
    let pool = BufferPool()
    steps[1] = LabelledInputs(
      inputs: Tensor([1, 3, 3, 1], [Float](repeating: .infinity, count: 9), in: pool), labels: ImageLabels([0]))
    let task = try TinyTask(steps: steps)
    var loop = TrainingLoop(task, .plain(epochs: 2))
    var saves = 0
    let error = #expect(throws: TrainingError.self) { try loop.run { _ in saves += 1 } }
    guard case .diverged(phase: 1, epoch: 1, step: 2) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(saves == 0)
    #expect(values(task).joined().allSatisfy { $0.isFinite })
  }

  @Test("keeps the epoch with the highest accuracy, and among equals the one with the lowest loss")
  func best() {
    func best(_ accuracy: Double, _ loss: Double) -> PhaseState.Best {
      PhaseState.Best(epoch: 1, measurement: .init(loss: loss, accuracy: accuracy), values: [])
    }
    #expect(best(0.5, 1).isWorse(than: .init(loss: 2, accuracy: 0.6)))
    #expect(best(0.5, 1).isWorse(than: .init(loss: 0.9, accuracy: 0.5)))
    #expect(!best(0.5, 1).isWorse(than: .init(loss: 1, accuracy: 0.5)))
    #expect(!best(0.5, 1).isWorse(than: .init(loss: 0.1, accuracy: 0.4)))
  }

  @Test("averages weights, forgetting the beginning soon")
  func average() {
    let engine = Engine(threadCount: 1)
    let parameter = Parameter("p", Tensor([1], [1], in: engine.pool))
    var average = WeightAverage(decay: 0.15, values: [parameter.value])
    // Decays 1/10 and then 0.15, since 2/11 is more.
    parameter.replace(Tensor([1], [11], in: engine.pool))
    average.add([parameter], step: 0, on: engine)
    #expect(abs(average.values[0].elements[0] - 10) < 1e-5)
    parameter.replace(Tensor([1], [20], in: engine.pool))
    average.add([parameter], step: 1, on: engine)
    #expect(abs(average.values[0].elements[0] - 18.5) < 1e-5)
  }

  @Test("gradients beyond the limit are scaled to it, others left alone")
  func clipping() {
    #expect(clippingScale(norm: 4, limit: 1) == 0.25)
    #expect(clippingScale(norm: 0.5, limit: 1) == 1)
    #expect(clippingScale(norm: 4, limit: nil) == 1)
  }

  @Test("accuracy and loss of logits are those of their softmax; of equal logits the first counts")
  func tally() {
    let pool = BufferPool()
    var tally = Tally()
    tally.add(Tensor([3, 2], [1, 3, 2, 2, 0, -1], in: pool), of: ImageLabels([1, 1, 0]))
    let expected = (log(1 + exp(-2.0)) + log(2.0) + log(1 + exp(-1.0))) / 3
    #expect(abs(tally.measurement!.loss - expected) < 1e-6)
    #expect(tally.measurement!.accuracy == 2.0 / 3)
    #expect(Tally().measurement == nil)
  }
}
