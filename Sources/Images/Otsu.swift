/// Otsu's cut of a histogram: of all bins the one after which cutting leaves the most variance between the two sides,
/// of equal ones the first.
///
/// With w the share of the bins up to the cut, s their part of the mean m, the variance is (m w - s)^2 / (w (1 - w)).
///
/// - Parameters:
///   - shares: of the bins; they sum to 1.
///   - moments: each bin's share times its level, in any unit.
///   - mean: the sum of the moments.
///
/// Source: N. Otsu, "A threshold selection method from gray-level histograms", IEEE SMC 9 (1979).
package func otsuCut(shares: [Double], moments: [Double], mean: Double) -> Int {
  precondition(shares.count == moments.count, "otsuCut: \(shares.count) shares and \(moments.count) moments")
  var (weight, sum) = (0.0, 0.0)
  var (best, bestVariance) = (0, -1.0)
  for bin in shares.indices {
    weight += shares[bin]
    sum += moments[bin]
    let difference = mean * weight - sum
    // Where all or nothing lies on one side, both are 0 but for rounding.
    let variance = difference * difference / max(weight * (1 - weight), 1e-9)
    if variance > bestVariance { (best, bestVariance) = (bin, variance) }
  }
  return best
}
