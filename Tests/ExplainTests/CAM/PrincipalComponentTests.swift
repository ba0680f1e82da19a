import Autodiff
import TestSupport
import Testing

@testable import Explain

@Suite struct PrincipalComponentTests {
  /// Matrices with singular values of our choosing: X = sum over k of s_k u_k v_k^T with orthonormal u_k, each
  /// orthogonal to the vector of ones, so that removing the column means changes nothing.
  private static func matrix(rows: Int, columns: Int, values: [Double]) -> (x: [Double], first: [Double]) {
    var random = SplitMix64(seed: UInt64(rows * 1000 + columns))
    let left = orthonormal(
      [[Double](repeating: 1, count: rows)] + values.map { _ in random.units(rows).map(Double.init) })
    let right = orthonormal(values.map { _ in random.units(columns).map(Double.init) })
    var x = [Double](repeating: 0, count: rows * columns)
    for (k, value) in values.enumerated() {
      for row in 0..<rows {
        for column in 0..<columns { x[row * columns + column] += value * left[k + 1][row] * right[k][column] }
      }
    }
    let first = left[1].map { $0 * values[0] }
    let peak = first.max { abs($0) < abs($1) }!
    return (x, peak < 0 ? first.map(-) : first)
  }

  /// Gram and Schmidt, twice.
  private static func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
    var result: [[Double]] = []
    for var vector in vectors {
      for _ in 0..<2 {
        for other in result {
          let product = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          vector = zip(vector, other).map { $0 - product * $1 }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        vector = vector.map { $0 / length }
      }
      result.append(vector)
    }
    return result
  }

  /// More rows than columns and fewer; singular values apart, and so near each other that power iteration would take
  /// ten thousand steps.
  @Test(arguments: [(49, 80), (80, 49), (12, 3), (3, 12), (2, 5), (5, 2)], [0.5, 0.99, 0.9999])
  func findsTheFirstDirection(_ size: (Int, Int), ratio: Double) {
    let rank = min(size.0 - 1, size.1, 4)
    let values = (0..<rank).map { $0 == 0 ? 3 : 3 * ratio / Double($0) }
    let (x, first) = Self.matrix(rows: size.0, columns: size.1, values: values)
    let component = PrincipalComponent(rows: size.0, columns: size.1) { x[$0] }
    #expect(relativeError(of: component.projection.map { Float($0) }, from: first) < 1e-6)
    #expect(abs(component.ratio - (rank > 1 ? ratio : 0)) < 1e-6)
  }

  @Test func removesTheMeans() {
    let (x, first) = Self.matrix(rows: 7, columns: 4, values: [2, 1])
    let component = PrincipalComponent(rows: 7, columns: 4) { x[$0] + Double($0 % 4) * 100 }
    #expect(relativeError(of: component.projection.map { Float($0) }, from: first) < 1e-6)
  }

  @Test(arguments: [(6, 4), (4, 6), (1, 5), (5, 1)]) func nothingStandsOutOfAFlatMatrix(_ size: (Int, Int)) {
    let component = PrincipalComponent(rows: size.0, columns: size.1) { Double($0 % size.1) }
    #expect(component.projection == [Double](repeating: 0, count: size.0))
    #expect(component.ratio == 0)
  }
}
