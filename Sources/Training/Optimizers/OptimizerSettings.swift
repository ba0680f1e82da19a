/// Which optimizer, with what.
package struct OptimizerSettings: Hashable, Sendable, Codable {
  package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Stochastic gradient descent with momentum; see `MomentumStep`.
    case sgd
    /// Adam with decoupled weight decay; see `AdamWStep`.
    case adamw
  }

  package var kind: Kind
  /// At the peak of the schedule.
  package var learningRate: Double
  /// Of filters and matrices; biases, scales and shifts are left alone.
  package var weightDecay: Double
  /// Of `sgd`.
  package var momentum: Double
  package var isNesterov: Bool
  /// Of `adamw`: how long the mean and the square of the gradient are remembered.
  package var firstBeta: Double
  package var secondBeta: Double
  package var epsilon: Double

  package init(
    kind: Kind, learningRate: Double, weightDecay: Double, momentum: Double = 0.9, isNesterov: Bool = true,
    firstBeta: Double = 0.9, secondBeta: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.kind = kind
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.firstBeta = firstBeta
    self.secondBeta = secondBeta
    self.epsilon = epsilon
  }

  enum CodingKeys: String, CodingKey {
    case kind, momentum, epsilon
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case isNesterov = "nesterov"
    case firstBeta = "first_beta"
    case secondBeta = "second_beta"
  }
}
