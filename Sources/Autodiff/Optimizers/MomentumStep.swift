import CKernels

/// Stochastic gradient descent with momentum, as PyTorch defines it: g' = scale g + decay w; v' = momentum v + g'; w' =
/// w - rate v', or with Nesterov's look ahead w' = w - rate (g' + momentum v').
package struct MomentumStep: Hashable, Sendable {
  package var learningRate: Double
  package var momentum: Double
  /// A penalty: it is added to the gradient.
  package var weightDecay: Double
  package var isNesterov: Bool
  /// What the gradient is multiplied by first: below 1 where it is clipped.
  package var gradientScale: Double

  package init(
    learningRate: Double, momentum: Double, weightDecay: Double = 0, isNesterov: Bool = false, gradientScale: Double = 1
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.isNesterov = isNesterov
    self.gradientScale = gradientScale
  }

  /// The weight and its velocity after the step; any shape, elementwise.
  ///
  /// - Parameter velocity: zeros before the first step.
  package func callAsFunction(
    value: Tensor, gradient: Tensor, velocity: Tensor, on engine: Engine
  ) -> (value: Tensor, velocity: Tensor) {
    precondition(
      gradient.shape == value.shape && velocity.shape == value.shape,
      "MomentumStep: shapes \(value.shape), \(gradient.shape) and \(velocity.shape) differ")
    let form = gaze_momentum_step(
      learning_rate: Float(learningRate), momentum: Float(momentum), weight_decay: Float(weightDecay),
      gradient_scale: Float(gradientScale), is_nesterov: isNesterov)
    let next = makeTensors(2, like: value, from: [value, gradient, velocity], on: engine) { operands, count, results in
      var step = form
      Kernels.channelwise.pointee.momentum_step(
        &step, operands[0], operands[1], operands[2], count, results[0], results[1])
    }
    return (next[0], next[1])
  }
}
