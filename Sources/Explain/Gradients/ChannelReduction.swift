/// How a value for each channel of a pixel becomes one value for the pixel.
package enum ChannelReduction: String, Hashable, Sendable, CaseIterable {
  /// Signed: sum over channels. The one that keeps a total, so the usual one for contributions.
  case sum
  /// Unsigned: the largest magnitude among the channels, as in Simonyan et al., arXiv 1312.6034, section 3. The usual
  /// one for gradients, whose sign says "brighter" or "darker" and not "for" or "against".
  case maximumMagnitude = "max-magnitude"
  /// Unsigned: the Euclidean length of the channels' vector.
  case length = "l2"

  /// - Parameter values: height x width x channels, row-major.
  func map(of values: [Double], width: Int, height: Int) -> SaliencyMap {
    let channels = values.count / (width * height)
    let reduced = stride(from: 0, to: values.count, by: channels).map { start in
      let pixel = values[start..<start + channels]
      return switch self {
      case .sum: pixel.reduce(0, +)
      case .maximumMagnitude: pixel.reduce(0) { max($0, abs($1)) }
      case .length: pixel.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
    }
    return SaliencyMap(width: width, height: height, values: reduced.map { Float($0) })
  }

  var parameter: MethodParameter { MethodParameter("channels", .text(rawValue)) }
}
