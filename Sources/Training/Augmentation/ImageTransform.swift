import Glibc
import Images

/// A projective map of the plane, from where a pixel comes out to where it is taken from.
///
/// Coordinates are those of the view, what the network sees of a picture: the origin in its middle, x to the right, y
/// down, and half its shorter side as the unit, so that turning does not distort.
struct ImageTransform: Equatable {
  /// Row by row: x' = (m0 x + m1 y + m2) / w, y' = (m3 x + m4 y + m5) / w, w = m6 x + m7 y + m8.
  private(set) var m: [Double]

  static let identity = ImageTransform(1, 0, 0, 0, 1, 0)

  init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    m = [a, b, c, d, e, f, 0, 0, 1]
  }

  private init(_ m: [Double]) { self.m = m }

  var isAffine: Bool { m[6] == 0 && m[7] == 0 && m[8] == 1 }

  func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    let w = m[6] * x + m[7] * y + m[8]
    return ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
  }

  /// The picture changed by `self`, then by `next`: where a pixel of the result is taken from is found the other way
  /// round.
  func followed(by next: ImageTransform) -> ImageTransform {
    ImageTransform(
      (0..<9).map { place in
        let (row, column) = (place / 3 * 3, place % 3)
        return m[row] * next.m[column] + m[row + 1] * next.m[column + 3] + m[row + 2] * next.m[column + 6]
      })
  }

  /// Larger by `x` and `y` along the axes.
  static func scaled(_ x: Double, _ y: Double) -> ImageTransform { ImageTransform(1 / x, 0, 0, 0, 1 / y, 0) }

  /// Turned counter-clockwise.
  static func rotated(degrees: Double) -> ImageTransform {
    let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    return ImageTransform(c, -s, 0, s, c, 0)
  }

  /// What lies lower is moved left, by `slope` of how much lower it lies.
  static func sheared(_ slope: Double) -> ImageTransform { ImageTransform(1, slope, 0, 0, 1, 0) }

  /// Moved right and down.
  static func moved(_ x: Double, _ y: Double) -> ImageTransform { ImageTransform(1, 0, -x, 0, 1, -y) }

  /// The map that takes four points to four others, no three of either on a line; nil where it has none.
  ///
  /// Source: P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3: eight linear
  /// equations for m0...m7, m8 = 1.
  init?(from points: [(x: Double, y: Double)], to others: [(x: Double, y: Double)]) {
    var rows: [[Double]] = []
    for (p, q) in zip(points, others) {
      rows.append([p.x, p.y, 1, 0, 0, 0, -p.x * q.x, -p.y * q.x, q.x])
      rows.append([0, 0, 0, p.x, p.y, 1, -p.x * q.y, -p.y * q.y, q.y])
    }
    for column in 0..<8 {
      let pivot = (column..<8).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
      guard abs(rows[pivot][column]) > 1e-9 else { return nil }
      rows.swapAt(column, pivot)
      for row in 0..<8 where row != column {
        let factor = rows[row][column] / rows[column][column]
        for place in column..<9 { rows[row][place] -= factor * rows[column][place] }
      }
    }
    m = (0..<8).map { rows[$0][8] / rows[$0][$0] } + [1]
  }
}
