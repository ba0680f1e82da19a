import Glibc
import Images

/// Roughly where a picture's object is, told from what its border looks like: the part that a smooth surface through the border's colours does
/// not explain.
///
/// On a grid of 64 x 64 cells, smoothed by means of 3 x 3 cells:
/// 1. b(x, y): each channel's polynomial of second degree in x and y, fitted to a border of 5 cells by least squares; four times, each time
///    without the border's cells that lie farther off than twice the median, since the object may reach the border.
/// 2. d(x, y) = |colour - b|, and t: 0.6 of Otsu's threshold of d, but no less than 0.08.
/// 3. Foreground is where d > t for most of 5 x 5 cells around; and what this cuts off from the border: 4-neighbours of background are
///    background only if they can be reached from the border.
///
/// That the border is background is the prior of Wei et al., "Geodesic Saliency Using Background Priors", ECCV 2012. Threshold: N. Otsu, "A
/// Threshold Selection Method from Gray-Level Histograms", IEEE TSMC 9 (1979).
struct ForegroundMask: Hashable, Sendable {
  static let side = 64
  private static let border = 5

  /// `side * side` shares, row by row, 0 (background) to 255, smoothed by means of 3 x 3 cells.
  let shares: [UInt8]
  /// The foreground's share of the picture. Masks that say next to nothing or nearly all are not to be trusted.
  let coverage: Double

  var isPlausible: Bool { coverage > 0.05 && coverage < 0.8 }

  init(of decoded: DecodedImage) {
    let cells = Self.side * Self.side
    let small = resize(
      decoded.image, to: ImageSize(width: Self.side, height: Self.side), filter: .bilinear, of: decoded.covered)
    var colors = (0..<3).map { channel in
      (0..<cells).map { Float(small.pixels[$0 * 3 + channel]) / 255 }
    }
    for channel in 0..<3 { colors[channel] = Self.boxMean(colors[channel], radius: 1) }
    let distances = Self.distances(of: colors)
    let threshold = max(0.6 * Self.otsuThreshold(distances), 0.08)
    let majority = Self.boxMean(distances.map { $0 > threshold ? 1 : 0 }, radius: 2)
    let isForeground = Self.filled(majority.map { $0 > 0.5 })
    coverage = Double(isForeground.count { $0 }) / Double(cells)
    shares = Self.boxMean(isForeground.map { $0 ? 255 : 0 }, radius: 1).map { UInt8($0 + 0.5) }
  }

  /// The colours' distances from the background's polynomials.
  private static func distances(of colors: [[Float]]) -> [Float] {
    let cells = side * side
    let terms = (0..<cells).map { cell -> [Double] in
      let (x, y) = (
        2 * Double(cell % side) / Double(side - 1) - 1, 2 * Double(cell / side) / Double(side - 1) - 1
      )
      return [1, x, y, x * x, x * y, y * y]
    }
    let borderCells = (0..<cells).filter { cell in
      let (x, y) = (cell % side, cell / side)
      return min(x, y, side - 1 - x, side - 1 - y) < border
    }
    var used = borderCells
    var fits = [[Double]](repeating: [], count: 3)
    for _ in 0..<4 {
      fits = colors.map { fit($0, terms, over: used) }
      func residual(_ cell: Int) -> Double {
        (0..<3).reduce(0) { sum, channel in
          sum + abs(Double(colors[channel][cell]) - zip(fits[channel], terms[cell]).reduce(0) { $0 + $1.0 * $1.1 })
        }
      }
      let residuals = borderCells.map(residual)
      let sorted = residuals.sorted()
      let limit = max(2 * (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2, 0.06)
      used = zip(borderCells, residuals).filter { $0.1 <= limit }.map(\.0)
    }
    return (0..<cells).map { cell in
      let square = (0..<3).reduce(0.0) { sum, channel in
        let f = fits[channel]
        let t = terms[cell]
        let expected = f[0] + f[1] * t[1] + f[2] * t[2] + f[3] * t[3] + f[4] * t[4] + f[5] * t[5]
        let difference = Double(colors[channel][cell]) - expected
        return sum + difference * difference
      }
      return Float(square.squareRoot())
    }
  }

  /// Least squares by the normal equations, six of them; terms that the cells cannot tell apart are left out.
  private static func fit(_ values: [Float], _ terms: [[Double]], over cells: [Int]) -> [Double] {
    var rows = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 6)
    for cell in cells {
      let (t, value) = (terms[cell], Double(values[cell]))
      for row in 0..<6 {
        for column in row..<6 { rows[row][column] += t[row] * t[column] }
        rows[row][6] += t[row] * value
      }
    }
    for row in 0..<6 { for column in 0..<row { rows[row][column] = rows[column][row] } }
    // Gauss and Jordan without pivoting: the matrix is positive definite.
    for pivot in 0..<6 where rows[pivot][pivot] > 1e-9 {
      for row in 0..<6 where row != pivot {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot..<7 { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    return (0..<6).map { rows[$0][$0] > 1e-9 ? rows[$0][6] / rows[$0][$0] : 0 }
  }

  /// The level that parts a histogram of 64 bins into two classes with the largest variance between them.
  static func otsuThreshold(_ values: [Float]) -> Float {
    let bins = 64
    let largest = (values.max() ?? 0) + 1e-6
    var shares = [Double](repeating: 0, count: bins)
    for value in values { shares[min(Int(value / largest * Float(bins)), bins - 1)] += 1 / Double(values.count) }
    let middles = (0..<bins).map { (Double($0) + 0.5) * Double(largest) / Double(bins) }
    let mean = zip(shares, middles).reduce(0) { $0 + $1.0 * $1.1 }
    var (weight, sum, best, threshold) = (0.0, 0.0, -1.0, middles[0])
    for bin in 0..<bins {
      weight += shares[bin]
      sum += shares[bin] * middles[bin]
      let between = (mean * weight - sum) * (mean * weight - sum) / max(weight * (1 - weight), 1e-9)
      if between > best { (best, threshold) = (between, middles[bin]) }
    }
    return Float(threshold)
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

  /// Means of squares of 2 radius + 1 cells; beyond the edge lies the edge's cell.
  private static func boxMean(_ values: [Float], radius: Int) -> [Float] {
    func pass(_ values: [Float], step: Int, lineStep: Int) -> [Float] {
      var result = values
      for line in 0..<side {
        for place in 0..<side {
          var sum: Float = 0
          for offset in -radius...radius {
            sum += values[line * lineStep + min(max(place + offset, 0), side - 1) * step]
          }
          result[line * lineStep + place * step] = sum / Float(2 * radius + 1)
        }
      }
      return result
    }
    return pass(pass(values, step: 1, lineStep: side), step: side, lineStep: 1)
  }
}
