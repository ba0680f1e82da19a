import Autodiff

/// An exponential moving average of weights, and of the running statistics beside them: what is validated and exported.
///
/// a = d a + (1 - d) w, with d = min(decay, (1 + t) / (10 + t)) at step t = 0, 1, ..., so that the beginning is soon
/// forgotten. Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
struct WeightAverage {
  let decay: Double
  /// In the order of what is averaged.
  var values: [Tensor]

  static func decay(atStep step: Int, limit: Double) -> Double {
    min(limit, Double(1 + step) / Double(10 + step))
  }

  mutating func add(_ parameters: [Parameter], step: Int, on engine: Engine) {
    let decay = Self.decay(atStep: step, limit: decay)
    for (index, parameter) in parameters.enumerated() {
      values[index] = movingAverage(values[index], with: parameter.value, decay: decay, on: engine)
    }
  }
}
