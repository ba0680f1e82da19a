import Autodiff
import Foundation
import Models
import Networks

/// The steps of one phase.
///
/// Everything that the rest of a phase follows from is in `state`, the parameters and the running statistics; random
/// numbers go by the number of the step. So a loop that is taken up again from a checkpoint makes the same bits as one
/// that was never stopped.
struct TrainingLoop {
  enum Outcome {
    case finished
    /// Somebody asked to stop; the state is that after a whole step.
    case interrupted
  }

  let task: any TrainingTask
  let phase: TrainingConfiguration.Phase
  /// From 1, and how many phases there are.
  let number: Int
  let count: Int
  let seed: UInt64
  let objective: Objective
  let engine: Engine
  let report: (TrainingEvent) -> Void
  let isCancelled: () -> Bool
  private(set) var state: PhaseState

  init(
    _ task: any TrainingTask, _ phase: TrainingConfiguration.Phase, number: Int, of count: Int, seed: UInt64,
    for objective: Objective = .softmax, on engine: Engine, report: @escaping (TrainingEvent) -> Void,
    isCancelled: @escaping () -> Bool,
    from state: PhaseState? = nil
  ) {
    self.task = task
    self.phase = phase
    self.number = number
    self.count = count
    self.seed = seed
    self.objective = objective
    self.engine = engine
    self.report = report
    self.isCancelled = isCancelled
    self.state = state ?? PhaseState(task, phase, in: engine.pool)
  }

  /// Trains to the end of the phase.
  ///
  /// - Parameter save: is called after each epoch, and after the step that an interruption ends.
  mutating func run(save: (PhaseState) throws(TrainingError) -> Void) throws(TrainingError) -> Outcome {
    let steps = task.stepsPerEpoch
    let schedule = LearningRateSchedule(
      steps: phase.epochs * steps, warmUpSteps: Int((phase.warmUp * Double(phase.epochs * steps)).rounded()),
      finalShare: phase.finalRate)
    let stream = task.inputs(fromEpoch: state.epoch, step: state.step)
    while state.epoch < phase.epochs {
      while state.step < steps {
        let start = ContinuousClock.now
        guard let inputs = try stream.next() else { preconditionFailure("TrainingLoop: the inputs ended too early") }
        try step(on: inputs, schedule.factor(at: state.epoch * steps + state.step))
        state.step += 1
        state.seconds += (ContinuousClock.now - start) / .seconds(1)
        report(.step(stepReport(steps)))
        if isCancelled() {
          try save(state)
          return .interrupted
        }
      }
      try finishEpoch(schedule.factor(at: state.epoch * steps + steps - 1))
      try save(state)
    }
    return .finished
  }

  /// The values that are exported, by the names of what they are of: those of the best epoch, or the last ones.
  func chosenValues() -> [String: Tensor] { state.best.map { named($0.values) } ?? lastValues() }

  /// The values after the last step.
  func lastValues() -> [String: Tensor] { named(state.present(task)) }

  /// What a moving average is kept of.
  static func averaged(_ task: any TrainingTask) -> [Parameter] { task.parameters.map(\.parameter) + task.statistics }

  private func named(_ values: [Tensor]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(Self.averaged(task).map(\.name), values))
  }

  private mutating func step(on inputs: LabelledInputs, _ factor: Double) throws(TrainingError) {
    let tape = Tape(engine: engine, mode: .training(random(step: state.optimizer.stepCount)))
    let logits = task.logits(inputs.inputs, on: tape)
    let loss = objective.loss(logits, inputs.labels, labelSmoothing: phase.labelSmoothing, in: engine.pool)
    let gradients = tape.cotangents(of: loss, at: task.parameters.map(\.parameter))
    let norm = squaredNorm(of: gradients, on: engine).squareRoot()
    let value = Double(loss.value.elements[0])
    guard value.isFinite, norm.isFinite else {
      throw .diverged(phase: number, epoch: state.epoch + 1, step: state.step + 1)
    }
    state.optimizer.step(
      task.parameters, gradients: gradients, rateFactors: task.rateFactors, schedule: factor,
      gradientScale: clippingScale(norm: norm, limit: phase.gradientNorm), on: engine)
    if var average = state.average {
      average.add(Self.averaged(task), step: state.optimizer.stepCount - 1, on: engine)
      state.average = average
    }
    var tally = Tally(objective)
    tally.add(logits.value, of: inputs.labels)
    state.lossSum += value * Double(inputs.labels.count)
    state.told += tally.told
    state.imageCount += inputs.labels.count
  }

  /// The random numbers of a step: phases have streams of their own, and so do seeds.
  private func random(step: Int) -> RandomNumbers {
    RandomNumbers(seed: RandomNumbers(seed: seed, stream: UInt64(number)).bits(0), stream: UInt64(step))
  }

  /// The mean over the epoch so far of what is told beside the loss, as accuracy or as error.
  private var told: (accuracy: Double?, error: Double?) {
    let mean = state.told / Double(max(state.imageCount, 1))
    return objective.output == .value ? (nil, mean) : (mean, nil)
  }

  private mutating func finishEpoch(_ factor: Double) throws(TrainingError) {
    let start = ContinuousClock.now
    let present = state.present(task)
    let measured = try task.measure(named(present), by: objective)
    if let measured, !measured.loss.isFinite {
      throw .diverged(phase: number, epoch: state.epoch + 1, step: state.step)
    }
    let images = Double(max(state.imageCount, 1))
    state.epoch += 1
    let isBest = measured.map { state.best?.isWorse(than: $0) ?? true } ?? false
    if isBest, let measured { state.best = PhaseState.Best(epoch: state.epoch, measurement: measured, values: present) }
    state.last = measured
    let record = EpochRecord(
      phase: number, epoch: state.epoch, loss: state.lossSum / images, accuracy: told.accuracy,
      meanAbsoluteError: told.error,
      learningRate: phase.optimizer.learningRate * factor, imagesPerSecond: images / max(state.seconds, 1e-9),
      seconds: state.seconds, validationLoss: measured?.loss, validationAccuracy: measured?.accuracy,
      validationMeanAbsoluteError: measured?.meanAbsoluteError,
      validationSeconds: measured.map { _ in (ContinuousClock.now - start) / .seconds(1) }, isBest: isBest)
    state.history.append(record)
    state.beginEpoch()
    report(.epoch(history: state.history))
  }

  private func stepReport(_ steps: Int) -> StepReport {
    let images = Double(max(state.imageCount, 1))
    let rate = images / max(state.seconds, 1e-9)
    // Epochs that are over tell what validation costs.
    let validation = state.history.last { $0.phase == number }?.validationSeconds ?? 0
    let stepsLeft = (phase.epochs - state.epoch) * steps - state.step
    let secondsLeft =
      Double(stepsLeft) * state.seconds / Double(max(state.step, 1)) + Double(phase.epochs - state.epoch) * validation
    return StepReport(
      phase: number, phases: count, epoch: state.epoch + 1, epochs: phase.epochs, step: state.step, steps: steps,
      loss: state.lossSum / images, accuracy: told.accuracy, meanAbsoluteError: told.error, imagesPerSecond: rate,
      secondsLeft: secondsLeft)
  }
}

/// Where a phase is: everything that its rest follows from but the parameters and the running statistics.
struct PhaseState {
  /// The epoch with the highest validation accuracy so far; among equals the one with the lowest loss. Of values the
  /// one with the lowest mean absolute error.
  struct Best {
    let epoch: Int
    let measurement: TrainingReceipt.Measurement
    /// Of what is averaged, in its order.
    let values: [Tensor]

    func isWorse(than other: TrainingReceipt.Measurement) -> Bool {
      if let own = measurement.meanAbsoluteError, let error = other.meanAbsoluteError { return error < own }
      return (other.accuracy ?? 0, -other.loss) > (measurement.accuracy ?? 0, -measurement.loss)
    }
  }

  /// Epochs that are over, and steps of the one that is under way.
  var epoch = 0
  var step = 0
  /// Sums over the steps of the epoch.
  var lossSum = 0.0
  var told = 0.0
  var imageCount = 0
  var seconds = 0.0
  var optimizer: Optimizer
  var average: WeightAverage?
  var best: Best?
  /// Of the epoch before.
  var last: TrainingReceipt.Measurement?
  /// Of all phases so far.
  var history: [EpochRecord] = []

  init(_ task: any TrainingTask, _ phase: TrainingConfiguration.Phase, in pool: BufferPool) {
    optimizer = Optimizer(phase.optimizer, for: task.parameters, in: pool)
    average = phase.averageDecay.map {
      WeightAverage(decay: $0, values: TrainingLoop.averaged(task).map(\.value))
    }
  }

  /// The averaged values, or the values themselves.
  func present(_ task: any TrainingTask) -> [Tensor] {
    average?.values ?? TrainingLoop.averaged(task).map(\.value)
  }

  mutating func beginEpoch() {
    step = 0
    lossSum = 0
    told = 0
    imageCount = 0
    seconds = 0
  }
}
