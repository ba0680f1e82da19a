/// Fills missing pixels so that each is the weighted mean of its eight neighbours: 1/6 for those that share an edge,
/// 1/12 for those that share a corner, and what lies outside the image left out of the mean.
///
/// Source: Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", arXiv 2202.00449,
/// section 4.2.
///
/// The equations (a grid's Laplacian with the known pixels as boundary) are symmetric and positive definite as long as
/// one pixel is known. They are solved in Double by conjugate gradients, preconditioned by a relaxed modified
/// incomplete factorisation (Saad, "Iterative Methods for Sparse Linear Systems", 2nd ed., section 10.3.5), to a
/// residual of 10^-9 of the right side's; one thread an image, every sum in a fixed order.
struct LinearImputation {
  /// The residual's norm at which the solution is good enough, as a share of the right side's norm.
  private static let tolerance = 1e-9
  /// What part of the dropped fill goes to the diagonal; below 1 the pivots stay positive.
  private static let relaxation = 0.98
  private static let edge = 1.0 / 6
  private static let corner = 1.0 / 12

  /// The four neighbours before a pixel in reading order, with their weight; the other four are these turned round.
  private static let before: [(dy: Int, dx: Int, weight: Double)] = [
    (-1, -1, corner), (-1, 0, edge), (-1, 1, corner), (0, -1, edge),
  ]
  private static let around = before + before.map { (dy: -$0.dy, dx: -$0.dx, weight: $0.weight) }

  /// The numbers of the missing pixels, in reading order.
  private let missing: [Int]
  /// Of each unknown the unknown neighbours before it, four places; -1 where there is none.
  private var lower: [Int32]
  /// The sum of the weights of all neighbours that lie in the image.
  private var diagonal: [Double]
  /// The reciprocals of the preconditioner's pivots.
  private var inversePivots: [Double]
  private let width: Int
  private let height: Int
  private let isMissing: [Bool]

  /// - Parameter isMissing: `width * height`, row-major; at least one pixel is known.
  init(width: Int, height: Int, isMissing: [Bool]) {
    precondition(isMissing.count == width * height && isMissing.contains(false), "LinearImputation: no pixel is known")
    self.width = width
    self.height = height
    self.isMissing = isMissing
    missing = isMissing.indices.filter { isMissing[$0] }
    var place = [Int32](repeating: -1, count: isMissing.count)
    for (unknown, pixel) in missing.enumerated() { place[pixel] = Int32(unknown) }

    lower = [Int32](repeating: -1, count: 4 * missing.count)
    diagonal = [Double](repeating: 0, count: missing.count)
    // The weights of an unknown's unknown neighbours after it.
    var upper = [Double](repeating: 0, count: missing.count)
    for (unknown, pixel) in missing.enumerated() {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      for (index, (dy, dx, weight)) in Self.before.enumerated() {
        if let neighbour = Self.pixel(y + dy, x + dx, width, height) {
          diagonal[unknown] += weight
          lower[4 * unknown + index] = place[neighbour]
        }
        if let neighbour = Self.pixel(y - dy, x - dx, width, height) {
          diagonal[unknown] += weight
          if isMissing[neighbour] { upper[unknown] += weight }
        }
      }
    }
    inversePivots = diagonal
    for unknown in missing.indices {
      var pivot = diagonal[unknown]
      for (index, (_, _, weight)) in Self.before.enumerated() where lower[4 * unknown + index] >= 0 {
        let neighbour = Int(lower[4 * unknown + index])
        let kept = (1 - Self.relaxation) * weight + Self.relaxation * upper[neighbour]
        pivot -= weight * inversePivots[neighbour] * kept
      }
      inversePivots[unknown] = 1 / pivot
    }
  }

  private static func pixel(_ y: Int, _ x: Int, _ width: Int, _ height: Int) -> Int? {
    0..<height ~= y && 0..<width ~= x ? y * width + x : nil
  }

  /// The missing pixels' values, one vector for each in reading order; a channel a lane.
  ///
  /// - Parameter image: [height, width, channels], at most four channels; what it holds at missing pixels is not read.
  func solve(_ image: UnsafeBufferPointer<Float>, channels: Int) -> [SIMD4<Double>] {
    precondition(channels <= 4, "LinearImputation: at most four channels, got \(channels)")
    let count = missing.count
    var solution = [SIMD4<Double>](repeating: .zero, count: count)
    var residual = rightSide(image, channels)
    let wanted = dot(residual, residual) * (Self.tolerance * Self.tolerance)
    var direction = preconditioned(residual)
    var product = direction
    var energy = dot(residual, direction)
    // Without rounding, as many steps as unknowns are enough.
    for _ in 0..<max(count, 1) {
      if all(dot(residual, residual) .<= wanted) { break }
      multiply(direction, into: &product)
      let step = ratio(energy, dot(direction, product))
      for index in 0..<count {
        solution[index] += step * direction[index]
        residual[index] -= step * product[index]
      }
      let next = preconditioned(residual)
      let nextEnergy = dot(residual, next)
      let turn = ratio(nextEnergy, energy)
      for index in 0..<count { direction[index] = next[index] + turn * direction[index] }
      energy = nextEnergy
    }
    return solution
  }

  /// The weighted values of each unknown's known neighbours.
  private func rightSide(_ image: UnsafeBufferPointer<Float>, _ channels: Int) -> [SIMD4<Double>] {
    missing.map { pixel in
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      var sum = SIMD4<Double>.zero
      for (dy, dx, weight) in Self.around {
        guard let neighbour = Self.pixel(y + dy, x + dx, width, height), !isMissing[neighbour] else { continue }
        for channel in 0..<channels { sum[channel] += weight * Double(image[neighbour * channels + channel]) }
      }
      return sum
    }
  }

  /// A x: the diagonal, and each pair of neighbours once.
  private func multiply(_ x: [SIMD4<Double>], into product: inout [SIMD4<Double>]) {
    x.withUnsafeBufferPointer { x in
      product.withUnsafeMutableBufferPointer { product in
        for unknown in x.indices {
          var sum = diagonal[unknown] * x[unknown]
          forEachLower(unknown) { neighbour, weight in
            sum -= weight * x[neighbour]
            product[neighbour] -= weight * x[unknown]
          }
          product[unknown] = sum
        }
      }
    }
  }

  /// z of (E − L) E⁻¹ (E − Lᵀ) z = r, with the pivots E and the neighbours' weights L.
  private func preconditioned(_ residual: [SIMD4<Double>]) -> [SIMD4<Double>] {
    var z = residual
    z.withUnsafeMutableBufferPointer { z in
      for unknown in z.indices {
        var sum = z[unknown]
        forEachLower(unknown) { neighbour, weight in sum += weight * z[neighbour] }
        z[unknown] = sum * inversePivots[unknown]
      }
      for unknown in z.indices.reversed() {
        let value = z[unknown]
        forEachLower(unknown) { neighbour, weight in z[neighbour] += (weight * inversePivots[neighbour]) * value }
      }
    }
    return z
  }

  @inline(__always)
  private func forEachLower(_ unknown: Int, _ body: (_ neighbour: Int, _ weight: Double) -> Void) {
    lower.withUnsafeBufferPointer { lower in
      let places = lower.baseAddress! + 4 * unknown
      if places[0] >= 0 { body(Int(places[0]), Self.corner) }
      if places[1] >= 0 { body(Int(places[1]), Self.edge) }
      if places[2] >= 0 { body(Int(places[2]), Self.corner) }
      if places[3] >= 0 { body(Int(places[3]), Self.edge) }
    }
  }

  private func dot(_ a: [SIMD4<Double>], _ b: [SIMD4<Double>]) -> SIMD4<Double> {
    var sum = SIMD4<Double>.zero
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  /// a / b, and 0 in lanes that are solved.
  private func ratio(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
    (a / b).replacing(with: 0, where: b .== 0)
  }
}
