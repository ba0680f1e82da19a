import Autodiff
import Glibc
import Images

/// Changes of a pixel by its neighbours, by chance, or altogether.
extension WorkingPicture {
  /// A Gaussian blur, cut at three deviations; beyond the edge lies the edge's pixel.
  ///
  /// - Parameter deviation: in pixels.
  func blur(deviation: Double) {
    let radius = Int((3 * deviation).rounded(.up))
    guard radius > 0 else { return }
    convolve(.gaussian(deviation: deviation, radius: radius))
  }

  /// Sharper or softer, by the level rounded away from 0: where it is n > 0, x' = x + n (x - x3) with x3 the mean of 3
  /// x 3 pixels; where it is -n, such means n times over.
  func focus(_ level: Double) {
    let mean = SeparableFilter(weights: [1 / 3, 1 / 3, 1 / 3], edge: .repeated)
    let whole = Int(level.rounded(.awayFromZero))
    if whole < 0 { for _ in 0..<(-whole) { convolve(mean) } }
    guard whole > 0 else { return }
    let (count, amount) = (pixelCount * 3, Float(whole))
    let original = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { original.deallocate() }
    original.update(from: levels.baseAddress!, count: count)
    convolve(mean)
    let levels = levels
    for place in 0..<count { levels[place] = original[place] + amount * (original[place] - levels[place]) }
  }

  private func convolve(_ filter: SeparableFilter) {
    let layout = SeparableFilter.Layout(size, planes: 3)
    replace(size) { filter.alongRows($0, into: $1, layout) }
    replace(size) { filter.alongColumns($0, into: $1, layout) }
  }

  /// x' = x + deviation n, n normal and independent for each pixel and channel.
  ///
  /// n is one of 2048 quantiles of the normal distribution, by 11 random bits: five levels a random word.
  func addNoise(deviation: Double, _ random: RandomNumbers) {
    let (levels, deviation) = (levels, Float(deviation))
    let mask: UInt64 = 2047
    Self.normalQuantiles.withUnsafeBufferPointer { quantiles in
      var (place, word) = (0, 0)
      while place < levels.count {
        var bits = random.bits(word)
        for _ in 0..<min(5, levels.count - place) {
          levels[place] += deviation * quantiles[Int(bits & mask)]
          bits >>= 11
          place &+= 1
        }
        word &+= 1
      }
    }
  }

  /// The normal distribution's quantiles at (i + 1/2) / 2048.
  static let normalQuantiles: [Float] = (0..<2048).map { place in
    let share = (Double(place) + 0.5) / 2048
    // Newton's method on the distribution function.
    var x = 0.0
    for _ in 0..<60 {
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let step = (erfc(-x / 2.0.squareRoot()) / 2 - share) / density
      x -= min(max(step, -1), 1)
    }
    return Float(x)
  }

  /// A rectangle of one colour; what lies outside the picture is cut off.
  ///
  /// - Parameters:
  ///   - centre: as shares of width and height, as `extent` is.
  func cutOut(centre: (x: Double, y: Double), extent: (width: Double, height: Double), color: [Double]) {
    let (width, height) = (Double(size.width), Double(size.height))
    func range(_ middle: Double, _ extent: Double, _ length: Double) -> Range<Int> {
      let start = Int(((middle - extent / 2) * length).rounded())
      let end = Int(((middle + extent / 2) * length).rounded())
      return max(start, 0)..<max(min(end, Int(length)), max(start, 0))
    }
    let columns = range(centre.x, extent.width, width)
    for channel in 0..<3 {
      let (pixels, level) = (plane(channel), Float(color[channel]))
      for row in range(centre.y, extent.height, height) {
        for column in columns { pixels[row * size.width + column] = level }
      }
    }
  }

  /// Coded as a baseline JPEG with 4:2:0 chroma, and decoded.
  func compress(quality: Int) {
    let coded = encodeJPEG(image, quality: quality)
    do {
      let (view, foreground) = (view, foreground)
      load(try decodeImage(coded).image, view: view)
      self.foreground = foreground
    } catch {
      preconditionFailure("compress: \(error)")
    }
  }
}
