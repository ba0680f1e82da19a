import Explain
import Glibc
import Images

extension LabelledPicture {
  /// Pixels beside the object; all where nothing is known of it, or it leaves too few.
  var groundPixels: [Int] {
    let all = Array(0..<image.size.pixelCount)
    guard let object else { return all }
    let ground = all.filter { !object.isForeground[$0] }
    return 10 * ground.count >= all.count ? ground : all
  }

  /// The mean colour beside the object.
  var groundColour: SIMD3<Double> {
    let ground = groundPixels
    var sum = SIMD3<Double>()
    for pixel in ground { sum += image.colour(pixel) }
    return sum / Double(ground.count)
  }

  /// The logarithm of the deviation of the brightness beside the object.
  var groundContrast: Double {
    let values = groundPixels.map { image.luminance($0) }
    let middle = mean(values)
    return log(0.5 + mean(values.map { ($0 - middle) * ($0 - middle) }).squareRoot())
  }

  /// The logarithm of how far colours lie from grey, in the mean beside the object.
  var groundSaturation: Double {
    log(
      0.5
        + mean(
          groundPixels.map { pixel in
            let colour = image.colour(pixel)
            return colour.max() - colour.min()
          }))
  }

  /// The deviation of noise: of the second differences across and down, which edges seldom have, the median of the
  /// amounts, scaled as of normal noise.
  ///
  /// Source: the kernel is J. Immerkaer's, "Fast noise variance estimation", CVIU 64 (1996).
  var noiseDeviation: Double {
    let (width, height) = (image.width, image.height)
    let grey = (0..<image.size.pixelCount).map { image.luminance($0) }
    let kernel = [1.0, -2, 1]
    var amounts: [Double] = []
    for pixel in groundPixels {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      guard x > 0, y > 0, x + 1 < width, y + 1 < height else { continue }
      var sum = 0.0
      for (dy, a) in kernel.enumerated() {
        for (dx, b) in kernel.enumerated() { sum += a * b * grey[(y + dy - 1) * width + x + dx - 1] }
      }
      amounts.append(abs(sum))
    }
    return amounts.isEmpty ? 0 : median(amounts) / (6 * 0.6745)
  }

  /// The logarithm of how much a change does to the picture beside its object, in root mean square levels: little, if
  /// it had that change already.
  func response(to changed: RGBImage) -> Double {
    let ground = groundPixels
    var sum = 0.0
    for pixel in ground {
      let difference = image.colour(pixel) - changed.colour(pixel)
      sum += (difference * difference).sum()
    }
    return log(0.3 + (sum / Double(3 * ground.count)).squareRoot())
  }
}

extension RGBImage {
  func colour(_ pixel: Int) -> SIMD3<Double> {
    SIMD3(Double(pixels[3 * pixel]), Double(pixels[3 * pixel + 1]), Double(pixels[3 * pixel + 2]))
  }

  func luminance(_ pixel: Int) -> Double { (colour(pixel) * SIMD3(0.299, 0.587, 0.114)).sum() }

  /// Each pixel's colour through a function.
  func mapColours(_ body: (SIMD3<Double>) -> SIMD3<Double>) -> RGBImage {
    var values = [Float](repeating: 0, count: pixels.count)
    for pixel in 0..<size.pixelCount {
      let colour = body(colour(pixel))
      for channel in 0..<3 { values[3 * pixel + channel] = Float(colour[channel]) }
    }
    return RGBImage(values: values, size: size)
  }

  /// This picture moved by so many times the way to another: beyond it for more than 1, away from it below 0.
  func moved(_ share: Double, towards other: RGBImage) -> RGBImage {
    RGBImage(
      values: zip(pixels, other.pixels).map { Float($0) + Float(share) * (Float($1) - Float($0)) }, size: size)
  }

  func adding(_ values: [Float], times factor: Float = 1) -> RGBImage {
    RGBImage(values: zip(pixels, values).map { Float($0) + factor * $1 }, size: size)
  }
}
