/// How far two arrays of floats lie apart.
package struct Comparison: CustomStringConvertible {
  /// |a - b| / |b| in the Euclidean norm, summed in Double.
  package let relativeL2: Double
  package let cosine: Double
  /// The largest |a_i - b_i|, and where it is.
  package let largestDifference: Float
  package let worstIndex: Int
  /// The largest |b_i|.
  package let largestMagnitude: Float
  private let worstPair: (Float, Float)

  /// - Parameter expected: the reference, b.
  package init(_ values: [Float], expected: [Float]) {
    precondition(values.count == expected.count, "Comparison: \(values.count) values and \(expected.count) expected")
    var difference = 0.0
    var (norm, expectedNorm, product) = (0.0, 0.0, 0.0)
    var worst = 0
    var largest: Float = -1
    var magnitude: Float = 0
    for (index, (a, b)) in zip(values, expected).enumerated() {
      let (x, y) = (Double(a), Double(b))
      difference += (x - y) * (x - y)
      norm += x * x
      expectedNorm += y * y
      product += x * y
      // A NaN is the worst there is.
      if !(abs(a - b) <= largest) {
        largest = abs(a - b)
        worst = index
      }
      magnitude = max(magnitude, abs(b))
    }
    relativeL2 = (difference / expectedNorm).squareRoot()
    cosine = product / (norm * expectedNorm).squareRoot()
    largestDifference = largest
    largestMagnitude = magnitude
    worstIndex = worst
    worstPair = values.isEmpty ? (0, 0) : (values[worst], expected[worst])
  }

  package var description: String {
    "relative L2 \(relativeL2), cosine \(cosine), worst at \(worstIndex): \(worstPair.0) instead of \(worstPair.1)"
  }
}
