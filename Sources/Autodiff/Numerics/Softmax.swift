import Glibc

/// The denominator of a softmax: what turns a logit z_k of a row into its probability, p_k = exp((z_k - max z) / T) /
/// sum over j of exp((z_j - max z) / T).
///
/// T is the temperature (Guo et al., arXiv 1706.04599, section 4.2); dividing by 1 changes no bit. All in Double and in
/// the row's order. Differences to the row's maximum keep the powers from overflowing.
package struct SoftmaxScale {
  private let maximum: Double
  private let temperature: Double
  /// sum over j of exp((z_j - max z) / T).
  package let sum: Double
  private let logSum: Double

  /// - Parameters:
  ///   - logits: at least one.
  ///   - temperature: T, above 0.
  package init(of logits: UnsafeBufferPointer<Float>, temperature: Double = 1) {
    let maximum = Double(logits.max()!)
    self.maximum = maximum
    self.temperature = temperature
    sum = logits.reduce(0) { $0 + exp((Double($1) - maximum) / temperature) }
    logSum = log(sum)
  }

  package init(of logits: [Float], temperature: Double = 1) {
    self = logits.withUnsafeBufferPointer { Self(of: $0, temperature: temperature) }
  }

  /// exp((z - max z) / T): the probability times `sum`.
  package func power(of logit: Float) -> Double { exp((Double(logit) - maximum) / temperature) }

  package func probability(of logit: Float) -> Double { power(of: logit) / sum }

  /// (z - max z) / T - log sum.
  package func logProbability(of logit: Float) -> Double { (Double(logit) - maximum) / temperature - logSum }
}

/// exp(z_k / T) / sum over j of exp(z_j / T) for each k, as `SoftmaxScale` has it.
package func softmax(_ logits: [Double], temperature: Double = 1) -> [Double] {
  guard let maximum = logits.max() else { return [] }
  let powers = logits.map { exp(($0 - maximum) / temperature) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

/// The same, worked out in Double.
package func softmax(_ logits: [Float], temperature: Double = 1) -> [Float] {
  softmax(logits.map { Double($0) }, temperature: temperature).map { Float($0) }
}
