import Autodiff

/// The first principal component of a matrix X, rows x columns, whose column means have been removed.
///
/// With the singular value decomposition X = U S V^T: the projection X v_1 = s_1 u_1. It follows from the eigenvectors
/// of the smaller of X X^T and X^T X, found directly: Householder's reduction to a tridiagonal matrix, the two largest
/// eigenvalues by bisection, the vector by inverse iteration. (Power iteration, the usual shortcut, needs thousands of
/// steps where s_2 / s_1 is near 1.) All in Double, in a fixed order.
///
/// Sources: Golub and Van Loan, "Matrix Computations", 4th ed., sections 8.3.1 (reduction) and 8.4.1 (bisection);
/// Parlett, "The Symmetric Eigenvalue Problem", section 4.2 (inverse iteration).
struct PrincipalComponent {
  /// s_1 u_1: one value for each row; the value of largest magnitude is positive (the first of several), since the sign
  /// is free.
  let projection: [Double]
  /// s_2 / s_1, from 0 to 1; 0 for a matrix of zeros.
  let ratio: Double

  /// - Parameter element: the elements in row-major order, before the means are removed.
  init(rows: Int, columns: Int, _ element: (Int) -> Double) {
    let x = Self.centred(rows: rows, columns: columns, element)
    let overRows = rows < columns
    let n = min(rows, columns)
    var gram =
      overRows
      ? Self.gram(of: Self.transposed(x, rows: rows, columns: columns), width: n) : Self.gram(of: x, width: n)
    let tridiagonal = SymmetricTridiagonal(reducing: &gram, n)
    let largest = max(tridiagonal.eigenvalue(n - 1), 0)
    guard largest > 0 else {
      projection = [Double](repeating: 0, count: rows)
      ratio = 0
      return
    }
    let second = n > 1 ? max(tridiagonal.eigenvalue(n - 2), 0) : 0
    ratio = (second / largest).squareRoot()

    let vector = tridiagonal.eigenvector(of: largest)
    var projection: [Double]
    if overRows {
      projection = vector.map { $0 * largest.squareRoot() }
    } else {
      projection = (0..<rows).map { row in
        (0..<columns).reduce(0) { $0 + x[row * columns + $1] * vector[$1] }
      }
    }
    let peak = projection.indices.reduce(0) { abs(projection[$1]) > abs(projection[$0]) ? $1 : $0 }
    if projection[peak] < 0 { for i in projection.indices { projection[i] = -projection[i] } }
    self.projection = projection
  }

  private static func centred(rows: Int, columns: Int, _ element: (Int) -> Double) -> [Double] {
    var x = (0..<rows * columns).map(element)
    for column in 0..<columns {
      var sum = 0.0
      for row in 0..<rows { sum += x[row * columns + column] }
      let mean = sum / Double(rows)
      for row in 0..<rows { x[row * columns + column] -= mean }
    }
    return x
  }

  private static func transposed(_ x: [Double], rows: Int, columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = x[row * columns + column] }
    }
    return result
  }

  /// Y^T Y for a matrix Y whose rows are `width` long.
  private static func gram(of y: [Double], width: Int) -> [Double] {
    var gram = [Double](repeating: 0, count: width * width)
    y.withUnsafeBufferPointer { y in
      gram.withUnsafeMutableBufferPointer { gram in
        for start in stride(from: 0, to: y.count, by: width) {
          let line = y.baseAddress! + start
          for i in 0..<width {
            let (factor, target) = (line[i], gram.baseAddress! + i * width)
            for j in 0..<width { target[j] += factor * line[j] }
          }
        }
      }
    }
    return gram
  }
}

/// A symmetric matrix K = Q T Q^T: T tridiagonal, Q a product of reflections.
private struct SymmetricTridiagonal {
  private var diagonal: [Double]
  /// One shorter.
  private var offDiagonal: [Double]
  /// Unit vectors v of the reflections I - 2 v v^T, the k-th over the elements from k + 1 on; empty where there was
  /// nothing to do.
  private var reflections: [[Double]] = []

  /// - Parameter k: n x n; overwritten.
  init(reducing k: inout [Double], _ n: Int) {
    var reflections: [[Double]] = []
    k.withUnsafeMutableBufferPointer { k in
      for step in 0..<max(n - 2, 0) {
        reflections.append(Self.reflect(k.baseAddress!, n, step))
      }
    }
    diagonal = (0..<n).map { k[$0 * n + $0] }
    offDiagonal = (0..<max(n - 1, 0)).map { k[$0 * n + $0 + 1] }
    self.reflections = reflections
  }

  /// Makes row and column `step` zero beyond the off-diagonal, by K <- (I - 2 v v^T) K (I - 2 v v^T).
  private static func reflect(_ k: UnsafeMutablePointer<Double>, _ n: Int, _ step: Int) -> [Double] {
    let first = step + 1
    let m = n - first
    var v = (0..<m).map { k[step * n + first + $0] }
    let tail = v.dropFirst().reduce(0) { $0 + $1 * $1 }
    guard tail > 0 else { return [] }
    let norm = (v[0] * v[0] + tail).squareRoot()
    let alpha = v[0] > 0 ? -norm : norm
    v[0] -= alpha
    let length = (v[0] * v[0] + tail).squareRoot()
    for i in 0..<m { v[i] /= length }

    // w = 2 (K v - (v^T K v) v); then K <- K - v w^T - w v^T. The rows of K are its columns.
    var w = [Double](repeating: 0, count: m)
    w.withUnsafeMutableBufferPointer { w in
      v.withUnsafeBufferPointer { v in
        for i in 0..<m {
          let (factor, line) = (2 * v[i], k + (first + i) * n + first)
          for j in 0..<m { w[j] += factor * line[j] }
        }
        let half = (0..<m).reduce(0) { $0 + v[$1] * w[$1] } / 2
        for i in 0..<m { w[i] -= 2 * half * v[i] }
        for i in 0..<m {
          let (vi, wi, line) = (v[i], w[i], k + (first + i) * n + first)
          for j in 0..<m { line[j] -= vi * w[j] + wi * v[j] }
        }
      }
    }
    k[step * n + first] = alpha
    return v
  }

  /// The eigenvalue of this rank, 0 for the smallest, to the last bits, by bisection.
  func eigenvalue(_ rank: Int) -> Double {
    // Gershgorin: all eigenvalues lie within these bounds.
    var (low, high) = (Double.infinity, -Double.infinity)
    for i in diagonal.indices {
      let radius = (i > 0 ? abs(offDiagonal[i - 1]) : 0) + (i < offDiagonal.count ? abs(offDiagonal[i]) : 0)
      (low, high) = (min(low, diagonal[i] - radius), max(high, diagonal[i] + radius))
    }
    while true {
      let middle = low + (high - low) / 2
      guard low < middle && middle < high else { return high }
      if countBelow(middle) > rank { high = middle } else { low = middle }
    }
  }

  /// How many eigenvalues are smaller than x: the negative pivots of T - x I (Sylvester).
  private func countBelow(_ x: Double) -> Int {
    var count = 0
    var pivot = 1.0
    for i in diagonal.indices {
      let coupling = i > 0 ? offDiagonal[i - 1] * offDiagonal[i - 1] / pivot : 0
      pivot = diagonal[i] - x - coupling
      if pivot == 0 { pivot = -.leastNormalMagnitude }
      if pivot < 0 { count += 1 }
    }
    return count
  }

  /// The unit eigenvector of K for this eigenvalue, by inverse iteration from a vector with some of every direction.
  func eigenvector(of eigenvalue: Double) -> [Double] {
    var vector = diagonal.indices.map { RandomNumbers(seed: 0).uniform($0) + 0.5 }
    let solver = ShiftedSolver(diagonal, offDiagonal, shift: eigenvalue)
    for _ in 0..<4 { vector = normalised(solver.solve(vector)) }
    let n = vector.count
    for (step, v) in reflections.enumerated().reversed() where !v.isEmpty {
      let first = step + 1
      let product = 2 * (first..<n).reduce(0) { $0 + v[$1 - first] * vector[$1] }
      for i in first..<n { vector[i] -= product * v[i - first] }
    }
    return normalised(vector)
  }

  private func normalised(_ vector: [Double]) -> [Double] {
    // By the largest first, so that the squares cannot overflow.
    let largest = vector.reduce(0) { max($0, abs($1)) }
    let length = largest * vector.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    return vector.map { $0 / length }
  }
}

/// T - shift I, factored by Gaussian elimination with partial pivoting: upper triangular with two diagonals above the
/// main one.
private struct ShiftedSolver {
  private var main: [Double]
  private var above: [Double]
  private var second: [Double]
  private var factors: [Double]
  private var isSwapped: [Bool]

  init(_ diagonal: [Double], _ offDiagonal: [Double], shift: Double) {
    let n = diagonal.count
    main = diagonal.map { $0 - shift }
    above = offDiagonal + [0]
    second = [Double](repeating: 0, count: n)
    factors = [Double](repeating: 0, count: n)
    isSwapped = [Bool](repeating: false, count: n)
    // The shift is an eigenvalue, so some pivot is zero but for rounding; a tiny one in its place is what makes the
    // solution large.
    let scale = (diagonal + offDiagonal).reduce(0) { max($0, abs($1)) }
    let tiny = max(scale * .ulpOfOne, .leastNormalMagnitude)
    for i in 0..<max(n - 1, 0) {
      var below = offDiagonal[i]
      if abs(below) > abs(main[i]) {
        isSwapped[i] = true
        swap(&below, &main[i])
        swap(&above[i], &main[i + 1])
        second[i] = above[i + 1]
        above[i + 1] = 0
      }
      if abs(main[i]) < tiny { main[i] = tiny }
      factors[i] = below / main[i]
      main[i + 1] -= factors[i] * above[i]
      above[i + 1] -= factors[i] * second[i]
    }
    if abs(main[n - 1]) < tiny { main[n - 1] = tiny }
  }

  func solve(_ right: [Double]) -> [Double] {
    var x = right
    let n = x.count
    for i in 0..<n - 1 {
      if isSwapped[i] { x.swapAt(i, i + 1) }
      x[i + 1] -= factors[i] * x[i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      if i + 1 < n { x[i] -= above[i] * x[i + 1] }
      if i + 2 < n { x[i] -= second[i] * x[i + 2] }
      x[i] /= main[i]
    }
    return x
  }
}
