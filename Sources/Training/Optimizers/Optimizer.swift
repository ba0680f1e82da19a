import Autodiff
import Networks

/// Moves parameters down their gradients, and remembers what the settings' rule wants remembered.
struct Optimizer {
  let settings: OptimizerSettings
  /// For each parameter one tensor (`sgd`: the velocity) or two (`adamw`: mean and square of the gradient).
  var slots: [[Tensor]]
  /// Steps made so far.
  var stepCount = 0

  init(_ settings: OptimizerSettings, for parameters: [TrainableParameter], in pool: BufferPool) {
    self.settings = settings
    let slotCount = Self.slotCount(of: settings.kind)
    slots = parameters.map { trainable in
      (0..<slotCount).map { _ in .zeros(trainable.parameter.shape, in: pool) }
    }
  }

  static func slotCount(of kind: OptimizerSettings.Kind) -> Int { kind == .sgd ? 1 : 2 }

  /// One step.
  ///
  /// - Parameters:
  ///   - gradients: of the loss at the parameters, in their order.
  ///   - rateFactors: of the learning rate, one for each parameter.
  ///   - schedule: the factor that all share at this step.
  ///   - gradientScale: what gradients are multiplied by first: below 1 where they are clipped.
  mutating func step(
    _ parameters: [TrainableParameter], gradients: [Tensor], rateFactors: [Double], schedule: Double,
    gradientScale: Double, on engine: Engine
  ) {
    stepCount += 1
    for (index, trainable) in parameters.enumerated() {
      let (parameter, gradient) = (trainable.parameter, gradients[index])
      let rate = settings.learningRate * schedule * rateFactors[index]
      let decay = trainable.isVector ? 0 : settings.weightDecay
      switch settings.kind {
      case .sgd:
        let step = MomentumStep(
          learningRate: rate, momentum: settings.momentum, weightDecay: decay, isNesterov: settings.isNesterov,
          gradientScale: gradientScale)
        let next = step(value: parameter.value, gradient: gradient, velocity: slots[index][0], on: engine)
        parameter.replace(next.value)
        slots[index] = [next.velocity]
      case .adamw:
        let step = AdamWStep(
          learningRate: rate, number: stepCount, firstBeta: settings.firstBeta, secondBeta: settings.secondBeta,
          epsilon: settings.epsilon, weightDecay: decay, gradientScale: gradientScale)
        let next = step(
          value: parameter.value, gradient: gradient, mean: slots[index][0], square: slots[index][1], on: engine)
        parameter.replace(next.value)
        slots[index] = [next.mean, next.square]
      }
    }
  }
}

/// By how much gradients are scaled so that the norm of all of them together stays within a limit.
///
/// Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", arXiv 1211.5063,
/// algorithm 1.
func clippingScale(norm: Double, limit: Double?) -> Double {
  guard let limit, norm > limit else { return 1 }
  return limit / norm
}
