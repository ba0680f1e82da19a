package import Autodiff
import Images

/// An image without content, to compare with: what "absent" means to integrated gradients.
package enum Baseline: Hashable, Sendable {
  /// Zeros of the preprocessed input: mid grey, or the mean colour of the training images, by the network's
  /// preprocessing.
  case zero
  /// The mean colour of the image itself.
  case mean
  /// The image, blurred with a Gaussian of this deviation in pixels of the input. Keeps colours and coarse shapes, so
  /// that what it explains is detail.
  case blur(sigma: Double)
  /// Uniform noise between the smallest and the largest value of the image, for each channel of each pixel.
  case noise(seed: UInt64)

  /// The names that users give them.
  enum Kind: String, CaseIterable {
    case zero, mean, blur, noise
  }

  /// Where nobody gives another.
  static let defaultSigma = 20.0
  static let defaultSeed: UInt64 = 0

  var kind: Kind {
    switch self {
    case .zero: .zero
    case .mean: .mean
    case .blur: .blur
    case .noise: .noise
    }
  }

  var parameters: [MethodParameter] {
    let name = MethodParameter("baseline", .text(kind.rawValue))
    return switch self {
    case .zero, .mean: [name]
    case .blur(let sigma): [name, MethodParameter("sigma", .number(sigma))]
    case .noise(let seed): [name, MethodParameter("seed", .integer(Int(seed)))]
    }
  }

  /// The baseline of a preprocessed image, [1, H, W, C], of the same shape.
  package func image(for input: Tensor, in pool: BufferPool) -> Tensor {
    switch self {
    case .zero: Tensor.zeros(input.shape, in: pool)
    case .mean: Self.mean(of: input, in: pool)
    case .blur(let sigma): Self.blurred(input, sigma: sigma, in: pool)
    case .noise(let seed): Self.noise(like: input, seed: seed, in: pool)
    }
  }

  private static func mean(of input: Tensor, in pool: BufferPool) -> Tensor {
    let (values, channels) = (input.elements, input.shape[3])
    var sums = [Double](repeating: 0, count: channels)
    for (index, value) in values.enumerated() { sums[index % channels] += Double(value) }
    let means = sums.map { Float($0 / Double(values.count / channels)) }
    return Tensor(input.shape, in: pool) { result in
      for index in result.indices { result.initializeElement(at: index, to: means[index % channels]) }
    }
  }

  private static func noise(like input: Tensor, seed: UInt64, in pool: BufferPool) -> Tensor {
    let values = input.elements
    let (low, high) = (Double(values.min()!), Double(values.max()!))
    let random = RandomNumbers(seed: seed)
    return Tensor(input.shape, in: pool) { result in
      for index in result.indices {
        let value = low + (high - low) * random.uniform(index)
        result.initializeElement(at: index, to: Float(value))
      }
    }
  }

  /// A Gaussian out to three deviations; beyond the edge the edge's pixel goes on.
  private static func blurred(_ input: Tensor, sigma: Double, in pool: BufferPool) -> Tensor {
    let blur = SeparableFilter.gaussian(deviation: sigma, radius: max(1, Int((3 * sigma).rounded(.up))))
    let size = ImageSize(width: input.shape[2], height: input.shape[1])
    let blurred = blur(input.elements.map { Double($0) }, SeparableFilter.Layout(size, channels: input.shape[3]))
    return Tensor(input.shape, blurred.map { Float($0) }, in: pool)
  }
}
