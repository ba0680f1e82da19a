import Autodiff
import Glibc

/// Maps that know nothing of the image: what a method must beat before its numbers mean anything.
package enum ControlMap: String, CaseIterable, Sendable {
  /// Each pixel a uniform number of its own.
  case random
  /// 7 x 7 uniform numbers, stretched bilinearly: as smooth as a class activation map.
  case randomCells = "random-cells"
  /// exp(−(x² / w² + y² / h²) · 8) around the middle, that is, a deviation of a quarter of each side: photographers put
  /// things there.
  case centredGaussian = "centred-gaussian"

  package func map(width: Int, height: Int, seed: UInt64) -> SaliencyMap {
    let numbers = RandomNumbers(seed: seed)
    switch self {
    case .random:
      let values = (0..<width * height).map { Float(numbers.uniform($0)) }
      return SaliencyMap(width: width, height: height, values: values)
    case .randomCells:
      return SaliencyMap(width: 7, height: 7, values: (0..<49).map { Float(numbers.uniform($0)) })
        .resizedBilinear(width: width, height: height)
    case .centredGaussian:
      let values = (0..<width * height).map { pixel in
        let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
        let right = (Double(x) + 0.5) / Double(width) - 0.5
        let down = (Double(y) + 0.5) / Double(height) - 0.5
        return Float(exp(-8 * (right * right + down * down)))
      }
      return SaliencyMap(width: width, height: height, values: values)
    }
  }
}
