import Glibc
import Images

/// Changes of light and colour. `x` is a level.
extension WorkingPicture {
  /// Luma by ITU-R BT.601.
  static let luma: (red: Float, green: Float, blue: Float) = (0.299, 0.587, 0.114)

  /// x' = x exp(strength (cos(a) X + sin(a) Y)), with X and Y from -1 to 1 across the view: light that comes from one
  /// side.
  func light(strength: Double, angle: Double) {
    func factors(_ length: Int, start: Int, extent: Int, _ share: Double) -> [Float] {
      (0..<length).map { place in
        let position = extent > 1 ? 2 * Double(place - start) / Double(extent - 1) - 1 : 0
        return Float(exp(strength * share * position))
      }
    }
    let columns = factors(size.width, start: view.x, extent: view.width, cos(angle))
    let rows = factors(size.height, start: view.y, extent: view.height, sin(angle))
    let (width, height) = (size.width, size.height)
    columns.withUnsafeBufferPointer { columns in
      for channel in 0..<3 {
        var pixels = plane(channel).baseAddress!
        for row in 0..<height {
          let factor = rows[row]
          for column in 0..<width { pixels[column] *= columns[column] * factor }
          pixels += width
        }
      }
    }
  }

  /// x' = x^exponent, x held in 0.0001...1 first.
  func gamma(_ exponent: Double) {
    guard exponent != 1 else { return }
    let (levels, exponent) = (levels, Float(exponent))
    for place in levels.indices { levels[place] = PixelMath.power(levels[place], exponent, smallest: 1e-4) }
  }

  /// x' = factor x, held in 0...1: what is too bright for the sensor stays white whatever comes later.
  func expose(_ factor: Double) {
    let (levels, factor) = (levels, Float(factor))
    for place in levels.indices { levels[place] = min(max(levels[place] * factor, 0), 1) }
  }

  /// x' = x + shift
  func brighten(_ shift: Double) {
    let (levels, shift) = (levels, Float(shift))
    for place in levels.indices { levels[place] += shift }
  }

  /// x' = mean + factor (x - mean), with the mean over pixels and channels.
  func contrast(_ factor: Double) {
    let mean = (mean(ofPlane: 0) + mean(ofPlane: 1) + mean(ofPlane: 2)) / 3
    let (levels, factor) = (levels, Float(factor))
    let shift = mean - factor * mean
    for place in levels.indices { levels[place] = levels[place] * factor + shift }
  }

  /// Each channel times a factor of its own: light of another colour.
  func balance(_ factors: [Double]) {
    for channel in 0..<3 {
      let (pixels, factor) = (plane(channel), Float(factors[channel]))
      for place in pixels.indices { pixels[place] *= factor }
    }
  }

  /// x' = luma + factor (x - luma): 0 is grey.
  func saturate(_ factor: Double) {
    let factor = Float(factor)
    let (kept, lost) = (factor, 1 - factor)
    let luma = Self.luma
    mixColors(
      [kept + lost * luma.red, lost * luma.green, lost * luma.blue],
      [lost * luma.red, kept + lost * luma.green, lost * luma.blue],
      [lost * luma.red, lost * luma.green, kept + lost * luma.blue])
  }

  /// Colours turned about the axis of greys in the plane of I and Q (YIQ): luma stays.
  ///
  /// Source: P. Haeberli, "Matrix Operations for Image Processing", 1993; the matrix of YIQ is the FCC's, NTSC 1953.
  func turnHue(degrees: Double) {
    let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    let toYIQ = [0.299, 0.587, 0.114, 0.595_716, -0.274_453, -0.321_263, 0.211_456, -0.522_591, 0.311_135]
    let turn = [1, 0, 0, 0, c, -s, 0, s, c]
    func product(_ a: [Double], _ b: [Double]) -> [Double] {
      (0..<9).map { place in
        let (row, column) = (place / 3 * 3, place % 3)
        return a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6]
      }
    }
    let m = product(product(Self.inverse(toYIQ), turn), toYIQ).map { Float($0) }
    mixColors(Array(m[0..<3]), Array(m[3..<6]), Array(m[6..<9]))
  }

  private static func inverse(_ m: [Double]) -> [Double] {
    func minor(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double { m[a] * m[d] - m[b] * m[c] }
    let cofactors = [
      minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5),
      -minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5),
      minor(3, 4, 6, 7), -minor(0, 1, 6, 7), minor(0, 1, 3, 4),
    ]
    let determinant = m[0] * cofactors[0] + m[1] * cofactors[3] + m[2] * cofactors[6]
    return cofactors.map { $0 / determinant }
  }

  /// Each channel becomes a sum of all three.
  private func mixColors(_ red: [Float], _ green: [Float], _ blue: [Float]) {
    let (reds, greens, blues) = (plane(0), plane(1), plane(2))
    let (rr, rg, rb) = (red[0], red[1], red[2])
    let (gr, gg, gb) = (green[0], green[1], green[2])
    let (br, bg, bb) = (blue[0], blue[1], blue[2])
    for place in reds.indices {
      let (r, g, b) = (reds[place], greens[place], blues[place])
      reds[place] = rr * r + rg * g + rb * b
      greens[place] = gr * r + gg * g + gb * b
      blues[place] = br * r + bg * g + bb * b
    }
  }

  /// Levels back between 0 and 1.
  func clamp() {
    let levels = levels
    for place in levels.indices { levels[place] = min(max(levels[place], 0), 1) }
  }
}
