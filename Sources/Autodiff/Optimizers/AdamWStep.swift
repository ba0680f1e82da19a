import CKernels
import Glibc

/// AdamW as PyTorch defines it; Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101,
/// algorithm 2. With g' = scale g: m' = b1 m + (1 - b1) g'; s' = b2 s + (1 - b2) g'^2; w' = w - rate decay w - rate (m'
/// / (1 - b1^t)) / (sqrt(s' / (1 - b2^t)) + epsilon).
package struct AdamWStep: Hashable, Sendable {
  package var learningRate: Double
  /// t: 1 for the first step.
  package var number: Int
  package var firstBeta: Double
  package var secondBeta: Double
  package var epsilon: Double
  /// Decoupled: it is no part of the gradient.
  package var weightDecay: Double
  /// What the gradient is multiplied by first: below 1 where it is clipped.
  package var gradientScale: Double

  package init(
    learningRate: Double, number: Int, firstBeta: Double = 0.9, secondBeta: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, gradientScale: Double = 1
  ) {
    precondition(number >= 1, "AdamWStep: the first step is number 1, got \(number)")
    self.learningRate = learningRate
    self.number = number
    self.firstBeta = firstBeta
    self.secondBeta = secondBeta
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }

  /// The weight and its moments after the step; any shape, elementwise.
  ///
  /// - Parameters:
  ///   - mean: m; zeros before the first step.
  ///   - square: s; zeros before the first step.
  package func callAsFunction(
    value: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, on engine: Engine
  ) -> (value: Tensor, mean: Tensor, square: Tensor) {
    precondition(
      gradient.shape == value.shape && mean.shape == value.shape && square.shape == value.shape,
      "AdamWStep: shapes \(value.shape), \(gradient.shape), \(mean.shape) and \(square.shape) differ")
    let form = gaze_adamw_step(
      shrinkage: Float(1 - learningRate * weightDecay),
      rate: Float(learningRate / (1 - pow(firstBeta, Double(number)))),
      first_beta: Float(firstBeta), other_first_beta: Float(1 - firstBeta), second_beta: Float(secondBeta),
      other_second_beta: Float(1 - secondBeta), square_correction: Float(1 / (1 - pow(secondBeta, Double(number)))),
      epsilon: Float(epsilon), gradient_scale: Float(gradientScale))
    let next = makeTensors(3, like: value, from: [value, gradient, mean, square], on: engine) {
      operands, count, results in
      var step = form
      Kernels.channelwise.pointee.adamw_step(
        &step, operands[0], operands[1], operands[2], operands[3], count, results[0], results[1], results[2])
    }
    return (next[0], next[1], next[2])
  }
}
