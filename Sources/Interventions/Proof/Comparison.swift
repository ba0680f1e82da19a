import Explain
import Glibc

/// An intervention beside its control on the same pictures: the same strength at another place or in another direction.
package struct Comparison: Hashable, Sendable {
  package let effect: Trial
  package let control: Trial

  package var difference: Double { effect.rate - control.rate }

  /// Newcombe's hybrid interval of the difference of two rates p and q: of Wilson's bounds (l, u) of each,
  /// p − q − √((p − l_p)² + (u_q − q)²) to p − q + √((u_p − p)² + (q − l_q)²), 95 %. It takes the rates as independent,
  /// so that it is wider than it must be where pictures flip by both.
  ///
  /// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
  /// eleven methods", Statistics in Medicine 17 (1998), method 10.
  package var differenceInterval: (low: Double, high: Double) {
    let (p, q) = (effect.rate, control.rate)
    let (own, other) = (
      ShareInterval(of: effect.flips, among: effect.images), ShareInterval(of: control.flips, among: control.images)
    )
    func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    return (p - q - root(p - own.low, other.high - q), p - q + root(own.high - p, q - other.low))
  }

  /// The chance of so many pictures that flip by the intervention alone, among those that flip by one of the two alone,
  /// if both flip them as often: McNemar's test, exact and one-sided.
  package var chance: Double {
    let pairs = zip(effect.isFlipped, control.isFlipped)
    let (alone, against) = (pairs.count { $0 && !$1 }, pairs.count { !$0 && $1 })
    let count = alone + against
    guard count > 0 else { return 1 }
    /// ln n!
    func factorial(_ n: Int) -> Double { lgamma(Double(n) + 1) }
    let all: Double = factorial(count) - Double(count) * log(2)
    var sum = 0.0
    for wins in alone...count { sum += exp(all - factorial(wins) - factorial(count - wins)) }
    return sum
  }

  /// The greatest chance that counts as none, such that of what is called proved a share `rate` is expected to be by
  /// chance: with the chances sorted, the last p_k ≤ rate k / m.
  ///
  /// Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).
  static func limit(of chances: [Double], rate: Double) -> Double {
    let sorted = chances.sorted()
    return sorted.indices.last { sorted[$0] <= rate * Double($0 + 1) / Double(sorted.count) }.map { sorted[$0] } ?? 0
  }
}
