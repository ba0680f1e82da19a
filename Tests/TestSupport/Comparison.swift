/// How far two arrays of floats lie apart.
package struct Comparison: CustomStringConvertible {
  /// |a - b| / |b| in the Euclidean norm, summed in Double.
  package let relativeL2: Double
  package let cosine: Double
  /// The largest |a_i - b_i|, and where it is.
  package let largestDifference: Float
  package let worstIndex: Int
  /// Where that is along each axis; the index alone if the extents were not given.
  package let worstCoordinate: [Int]
  /// The largest |b_i|.
  package let largestMagnitude: Float
  private let worstPair: (Float, Float)

  /// - Parameters:
  ///   - expected: the reference, b.
  ///   - extents: of the two tensors, in C order.
  package init(_ values: [Float], expected: [Float], extents: [Int] = []) {
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
    var rest = worst
    worstCoordinate =
      extents.isEmpty
      ? [worst]
      : extents.reversed().map { extent in
        defer { rest /= extent }
        return rest % extent
      }.reversed()
    worstPair = values.isEmpty ? (0, 0) : (values[worst], expected[worst])
  }

  package var description: String {
    "relative L2 \(relativeL2), cosine \(cosine), worst at \(worstCoordinate): \(worstPair.0) instead of \(worstPair.1)"
  }
}
