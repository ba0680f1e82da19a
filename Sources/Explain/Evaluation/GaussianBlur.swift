import Autodiff
import Glibc

/// A separable blur of an image with zeros around it.
struct GaussianBlur: Sendable {
  /// Along one axis, an odd number; they sum to 1.
  let weights: [Float]

  /// RISE's blur: 11 x 11 pixels, deviation 5.
  ///
  /// Its weights are what SciPy's `gaussian_filter(sigma=5)` makes of a single one in the middle of an 11 x 11 array, whose reflecting edges
  /// fold the Gaussian's tails (cut at 4 deviations) back in: nearly flat, and not the plain Gaussian cut at 11 pixels.
  static let rise = GaussianBlur(length: 11, deviation: 5)

  init(length: Int, deviation: Double) {
    let radius = Int(4 * deviation + 0.5)
    var folded = [Double](repeating: 0, count: length)
    let middle = length / 2
    for place in 0..<length {
      for offset in -radius...radius {
        // (d c b a | a b c d | d c b a): period 2 length.
        let turned = ((place + offset) % (2 * length) + 2 * length) % (2 * length)
        if min(turned, 2 * length - 1 - turned) == middle {
          folded[place] += exp(-0.5 * Double(offset * offset) / (deviation * deviation))
        }
      }
    }
    let sum = folded.reduce(0, +)
    weights = folded.map { Float($0 / sum) }
  }

  /// The blurred image, [1, H, W, C].
  func callAsFunction(_ image: Tensor, on engine: Engine) -> Tensor {
    let (height, width, channels) = (image.shape[1], image.shape[2], image.shape[3])
    let along = pass(image, lines: height, length: width, step: channels, lineStep: width * channels, on: engine)
    return pass(along, lines: width, length: height, step: width * channels, lineStep: channels, on: engine)
  }

  /// Blurs along one axis: `lines` runs of `length` pixels that lie `step` elements apart.
  private func pass(
    _ image: Tensor, lines: Int, length: Int, step: Int, lineStep: Int, on engine: Engine
  ) -> Tensor {
    let (channels, reach, weights) = (image.shape[3], weights.count / 2, weights)
    return Tensor(image.shape, in: engine.pool) { result in
      image.withElements { source in
        // Iterations write lines of their own and read what none writes.
        nonisolated(unsafe) let (source, result) = (source.baseAddress!, result.baseAddress!)
        engine.workers.forEach(lines) { line in
          for place in 0..<length {
            for channel in 0..<channels {
              var sum: Float = 0
              for neighbour in max(place - reach, 0)...min(place + reach, length - 1) {
                sum += weights[neighbour - place + reach] * source[line * lineStep + neighbour * step + channel]
              }
              result[line * lineStep + place * step + channel] = sum
            }
          }
        }
      }
    }
  }
}
