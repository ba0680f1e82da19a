/// The largest difference between two arrays, as a fraction of the largest expected magnitude: a lost border element
/// counts as much as any other. Infinite where the counts differ or a value is not finite.
package func relativeError(of actual: [Float], from expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var worst = 0.0
  for (a, e) in zip(actual, expected) {
    let difference = abs(Double(a) - e)
    guard difference.isFinite else { return .infinity }
    worst = max(worst, difference)
  }
  let scale = expected.reduce(0) { max($0, abs($1)) }
  return worst == 0 ? 0 : worst / max(scale, .leastNormalMagnitude)
}

/// The inner product, summed in Double.
package func dot(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "dot: \(a.count) and \(b.count) elements")
  return zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
