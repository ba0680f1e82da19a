/// Spearman's rank correlation: Pearson's correlation of the ranks, where equal values share the mean of their ranks.
///
/// - Returns: from -1 to 1; nil where the values on one side are all equal, so that there is no order to compare.
func rankCorrelation(_ a: [Float], _ b: [Float]) -> Double? {
  precondition(a.count == b.count, "rankCorrelation: \(a.count) and \(b.count) values")
  let (a, b) = (meanRanks(a), meanRanks(b))
  // Ranks of n values always have the mean (n − 1) / 2.
  let mean = Double(a.count - 1) / 2
  var (product, squaresOfA, squaresOfB) = (0.0, 0.0, 0.0)
  for (a, b) in zip(a, b) {
    product += (a - mean) * (b - mean)
    squaresOfA += (a - mean) * (a - mean)
    squaresOfB += (b - mean) * (b - mean)
  }
  guard squaresOfA > 0, squaresOfB > 0 else { return nil }
  return product / (squaresOfA * squaresOfB).squareRoot()
}

/// The place of each value in rising order, from 0; equal values have the mean of their places.
private func meanRanks(_ values: [Float]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
    start = end
  }
  return ranks
}
