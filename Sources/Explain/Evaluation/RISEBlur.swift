import Autodiff
import Images

extension SeparableFilter {
  /// RISE's blur: 11 x 11 pixels, deviation 5, zeros around the image.
  ///
  /// Its weights are what SciPy's `gaussian_filter(sigma=5)` makes of a single one in the middle of an 11 x 11 array,
  /// whose reflecting edges fold the Gaussian's tails (cut at 4 deviations) back in: nearly flat, and not the plain
  /// Gaussian cut at 11 pixels.
  static let rise = foldedGaussian(length: 11, deviation: 5)

  static func foldedGaussian(length: Int, deviation: Double) -> SeparableFilter {
    let radius = Int(4 * deviation + 0.5)
    var folded = [Double](repeating: 0, count: length)
    for place in 0..<length {
      for offset in -radius...radius {
        // (d c b a | a b c d | d c b a): period 2 length.
        let turned = ((place + offset) % (2 * length) + 2 * length) % (2 * length)
        if min(turned, 2 * length - 1 - turned) == length / 2 {
          folded[place] += gaussianWeight(at: offset, deviation: deviation)
        }
      }
    }
    let sum = folded.reduce(0, +)
    return SeparableFilter(weights: folded.map { $0 / sum }, edge: .zero)
  }

  /// The filtered image, [1, H, W, C].
  func callAsFunction(_ image: Tensor, in pool: BufferPool) -> Tensor {
    let size = ImageSize(width: image.shape[2], height: image.shape[1])
    return Tensor(image.shape, self(image.elements, Layout(size, channels: image.shape[3])), in: pool)
  }
}
