import Glibc

/// The denominator of a softmax: what turns a logit z_k of a row into its probability, p_k = exp(z_k - max z) / sum
/// over j of exp(z_j - max z).
///
/// All in Double and in the row's order. Differences to the row's maximum keep the powers from overflowing.
package struct SoftmaxScale {
  private let maximum: Double
  /// sum over j of exp(z_j - max z).
  package let sum: Double
  private let logSum: Double

  /// - Parameter logits: at least one.
  package init(of logits: UnsafeBufferPointer<Float>) {
    let maximum = Double(logits.max()!)
    self.maximum = maximum
    sum = logits.reduce(0) { $0 + exp(Double($1) - maximum) }
    logSum = log(sum)
  }

  package init(of logits: [Float]) { self = logits.withUnsafeBufferPointer { Self(of: $0) } }

  /// exp(z - max z): the probability times `sum`.
  package func power(of logit: Float) -> Double { exp(Double(logit) - maximum) }

  package func probability(of logit: Float) -> Double { power(of: logit) / sum }

  /// z - max z - log sum.
  package func logProbability(of logit: Float) -> Double { Double(logit) - maximum - logSum }
}

/// exp(z_k) / sum over j of exp(z_j) for each k, as `SoftmaxScale` has it.
package func softmax(_ logits: [Double]) -> [Double] {
  guard let maximum = logits.max() else { return [] }
  let powers = logits.map { exp($0 - maximum) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

/// The same, worked out in Double.
package func softmax(_ logits: [Float]) -> [Float] { softmax(logits.map { Double($0) }).map { Float($0) } }
