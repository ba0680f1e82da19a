import Glibc
import Images

/// Roughly where a picture's object is, told from what its border looks like: the part that a smooth surface through
/// the border's colours does not explain.
///
/// On a grid of 64 x 64 cells, whose colours are smoothed by means of 3 x 3 cells:
/// 1. b(x, y): each channel's polynomial of second degree in x and y, fitted to a border of 5 cells by least squares;
///    four times, each time without the border's cells that lie farther off than twice the median, since the object may
///    reach the border.
/// 2. d(x, y) = |colour - b|, and t: 0.6 of Otsu's threshold of d, but no less than 0.08.
/// 3. Object is where d > t for most of 5 x 5 cells around; and what this cuts off from the border: 4-neighbours of
///    background are background only if they can be reached from the border.
///
/// That the border is background is the prior of Wei et al., "Geodesic Saliency Using Background Priors", ECCV 2012.
///
/// Explain's `ForegroundEstimate` is another: trained weights depend on this one's bits, and what judges a network
/// should not be the estimator that chose its backgrounds.
struct ObjectMask: Hashable, Sendable {
  static let side = 64
  private static let border = 5

  /// `side * side` cells, row by row.
  let isObject: [Bool]
  /// The foreground's share of the picture. Masks that say next to nothing or nearly all are not to be trusted.
  let coverage: Double

  var isPlausible: Bool { coverage > 0.05 && coverage < 0.8 }

  init(isObject: [Bool]) {
    precondition(isObject.count == Self.side * Self.side, "ObjectMask: \(isObject.count) cells")
    self.isObject = isObject
    coverage = Double(isObject.count { $0 }) / Double(isObject.count)
  }

  init(of decoded: DecodedImage) {
    let cells = Self.side * Self.side
    let small = resize(
      decoded.image, to: ImageSize(width: Self.side, height: Self.side), filter: .bilinear, of: decoded.covered)
    var colors = (0..<3).map { channel in
      (0..<cells).map { Float(small.pixels[$0 * 3 + channel]) / 255 }
    }
    for channel in 0..<3 { colors[channel] = Self.mean(colors[channel], radius: 1) }
    let distances = Self.distances(of: colors)
    let threshold = max(0.6 * Self.otsuThreshold(distances), 0.08)
    let majority = Self.mean(distances.map { $0 > threshold ? 1 : 0 }, radius: 2)
    self.init(isObject: Self.filled(majority.map { $0 > 0.5 }))
  }

  /// 1, x, y, x^2, xy, y^2 of each cell, x and y from -1 to 1.
  private static let terms: [Double] = (0..<side * side).flatMap { cell -> [Double] in
    let (x, y) = (2 * Double(cell % side) / Double(side - 1) - 1, 2 * Double(cell / side) / Double(side - 1) - 1)
    return [1, x, y, x * x, x * y, y * y]
  }

  private static let borderCells = (0..<side * side).filter { cell in
    let (x, y) = (cell % side, cell / side)
    return min(x, y, side - 1 - x, side - 1 - y) < border
  }

  /// The colours' distances from the background's polynomials.
  private static func distances(of colors: [[Float]]) -> [Float] {
    var used = borderCells
    var surfaces = colors
    for _ in 0..<4 {
      surfaces = fit(colors, over: used)
      let residuals = borderCells.map { cell in
        (0..<3).reduce(Float(0)) { $0 + abs(colors[$1][cell] - surfaces[$1][cell]) }
      }
      let sorted = residuals.sorted()
      let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      let limit = max(2 * median, 0.06)
      used = zip(borderCells, residuals).filter { $0.1 <= limit }.map(\.0)
    }
    return (0..<side * side).map { cell in
      (0..<3).reduce(Float(0)) { sum, channel in
        let difference = colors[channel][cell] - surfaces[channel][cell]
        return sum + difference * difference
      }.squareRoot()
    }
  }

  /// Each channel's polynomial over all cells, the least squares over `cells` by the normal equations; terms that these
  /// cannot tell apart are left out.
  private static func fit(_ colors: [[Float]], over cells: [Int]) -> [[Float]] {
    // Six equations with three right sides.
    let width = 9
    var rows = [Double](repeating: 0, count: 6 * width)
    terms.withUnsafeBufferPointer { terms in
      for cell in cells {
        for row in 0..<6 {
          let term = terms[cell * 6 + row]
          for column in row..<6 { rows[row * width + column] += term * terms[cell * 6 + column] }
          for channel in 0..<3 { rows[row * width + 6 + channel] += term * Double(colors[channel][cell]) }
        }
      }
    }
    for row in 0..<6 { for column in 0..<row { rows[row * width + column] = rows[column * width + row] } }
    // Gauss and Jordan without pivoting: the matrix is positive definite.
    for pivot in 0..<6 where rows[pivot * width + pivot] > 1e-9 {
      for row in 0..<6 where row != pivot {
        let factor = rows[row * width + pivot] / rows[pivot * width + pivot]
        for column in pivot..<width { rows[row * width + column] -= factor * rows[pivot * width + column] }
      }
    }
    return (0..<3).map { channel in
      let f = (0..<6).map { row in
        let diagonal = rows[row * width + row]
        return diagonal > 1e-9 ? rows[row * width + 6 + channel] / diagonal : 0
      }
      return terms.withUnsafeBufferPointer { terms in
        (0..<side * side).map { cell in
          let t = terms.baseAddress! + cell * 6
          let constant: Double = f[0] + f[1] * t[1] + f[2] * t[2]
          return Float(constant + f[3] * t[3] + f[4] * t[4] + f[5] * t[5])
        }
      }
    }
  }

  /// The level between two classes of values, of the middles of 64 bins from 0 to the largest, by `otsuCut`.
  static func otsuThreshold(_ values: [Float]) -> Float {
    let bins = 64
    let largest = (values.max() ?? 0) + 1e-6
    var shares = [Double](repeating: 0, count: bins)
    for value in values { shares[min(Int(value / largest * Float(bins)), bins - 1)] += 1 / Double(values.count) }
    let middles = (0..<bins).map { (Double($0) + 0.5) * Double(largest) / Double(bins) }
    let moments = zip(shares, middles).map { $0 * $1 }
    return Float(middles[otsuCut(shares: shares, moments: moments, mean: moments.reduce(0, +))])
  }

  /// The background that cannot be reached from the border is foreground.
  private static func filled(_ isForeground: [Bool]) -> [Bool] {
    var isReached = [Bool](repeating: false, count: side * side)
    var open: [Int] = []
    func reach(_ cell: Int) {
      guard !isForeground[cell], !isReached[cell] else { return }
      isReached[cell] = true
      open.append(cell)
    }
    for place in 0..<side {
      for cell in [place, (side - 1) * side + place, place * side, place * side + side - 1] { reach(cell) }
    }
    while let cell = open.popLast() {
      let (x, y) = (cell % side, cell / side)
      if x > 0 { reach(cell - 1) }
      if x < side - 1 { reach(cell + 1) }
      if y > 0 { reach(cell - side) }
      if y < side - 1 { reach(cell + side) }
    }
    return isReached.map { !$0 }
  }

  private static func mean(_ values: [Float], radius: Int) -> [Float] {
    boxMean(values, ImageSize(width: side, height: side), radius: radius, rounding: .quotient)
  }
}
