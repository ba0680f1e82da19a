import Autodiff

/// A batch normalisation whose scale and shift are trained.
///
/// In training it normalises by the batch and lets the running statistics follow: running = (1 - momentum) running +
/// momentum batch, with the unbiased variance, as PyTorch does it. In inference, and in training where the statistics
/// are kept, it normalises by the running ones. Ioffe and Szegedy, arXiv 1502.03167, algorithms 1 and 2.
struct TrainableNormalization: Sendable {
  /// nil where it is 1.
  private let scale: Parameter?
  private let shift: Parameter
  private let mean: Parameter
  private let variance: Parameter
  private let epsilon: Double
  private let momentum: Double
  private let keepsStatistics: Bool

  init(
    _ weights: WeightReader, _ trainable: TrainableLayers, _ normalization: NormalizationParameters, channels: Int
  ) throws(WeightError) {
    scale = try normalization.scale.map { name throws(WeightError) in
      try weights.parameter(name, .vector, [channels], trainable)
    }
    shift = try weights.parameter(normalization.shift, .vector, [channels], trainable)
    mean = try weights.statistic(normalization.mean, [channels], trainable)
    variance = try weights.statistic(normalization.variance, [channels], trainable)
    epsilon = normalization.epsilon
    momentum = trainable.normalizationMomentum
    keepsStatistics = trainable.keepsStatistics
  }

  func callAsFunction(_ x: Variable, activation: Activation) -> Variable {
    guard let tape = x.tape else { preconditionFailure("TrainableNormalization: x is not on a tape") }
    let shift = tape.variable(of: shift)
    let scale =
      scale.map { tape.variable(of: $0) }
      ?? .constant(Tensor(shift.shape, [Float](repeating: 1, count: shift.shape.count), in: tape.engine.pool))
    guard case .training = tape.mode, !keepsStatistics else {
      return batchNormalization(
        x, mean: mean.value, variance: variance.value, scale: scale, shift: shift, epsilon: epsilon,
        activation: activation)
    }
    let normalized = batchNormalization(x, scale: scale, shift: shift, epsilon: epsilon, activation: activation)
    let count = x.shape.count / mean.shape.count
    follow(mean, normalized.mean, factor: 1, tape)
    follow(variance, normalized.variance, factor: count > 1 ? Double(count) / Double(count - 1) : 1, tape)
    return normalized.result
  }

  /// running = (1 - momentum) running + momentum factor value.
  private func follow(_ running: Parameter, _ value: Tensor, factor: Double, _ tape: Tape) {
    let next = zip(running.value.elements, value.elements).map { running, value in
      Float((1 - momentum) * Double(running) + momentum * factor * Double(value))
    }
    running.replace(Tensor(running.shape, next, in: tape.engine.pool))
  }
}
