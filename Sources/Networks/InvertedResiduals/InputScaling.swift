import Autodiff

/// What a network does to its input before its first layer: Keras has layers for it where others scale the image.
enum InputScaling: Sendable {
  case none
  /// y = (x - mean) / deviation for each channel.
  case fixed(mean: [Double], deviation: [Double])
  /// Keras' layers `Rescaling(1 / 255)` and `Normalization`: y = (x / 255 - mean) / sqrt(variance), with mean and
  /// variance from the file; 0 and 1 where it has none.
  ///
  /// Keras' published EfficientNets have ImageNet's deviations where the variances belong, and a second `Rescaling` by
  /// 1 / sqrt(deviation) that no file has: it follows from these numbers. Source: keras 3.15.1,
  /// `applications/efficientnet.py`.
  case kerasNormalization

  /// nil where the input stays as it is.
  func layer(_ weights: WeightReader) throws(WeightError) -> ScaledInput? {
    switch self {
    case .none:
      return nil
    case .fixed(let mean, let deviation):
      return ScaledInput(weights, mean: mean, deviation: deviation)
    case .kerasNormalization:
      // Keras numbers the layer where a process makes several networks.
      let names = ["normalization"] + (1...9).map { "normalization_\($0)" }
      guard let name = names.first(where: { weights.has($0 + "/mean", .vector) }) else {
        return ScaledInput(weights, mean: [0, 0, 0], deviation: [255, 255, 255])
      }
      let mean = try statistic(weights, name + "/mean")
      let variance = try statistic(weights, name + "/variance")
      let imageNet = [0.229, 0.224, 0.225]
      let isPublished = zip(variance, imageNet).allSatisfy { abs($0 - $1) < 1e-3 }
      return ScaledInput(
        weights, mean: mean.map { $0 * 255 },
        deviation: variance.map { 255 * (isPublished ? $0 : max($0.squareRoot(), 1e-7)) })
    }
  }

  private func statistic(_ weights: WeightReader, _ name: String) throws(WeightError) -> [Double] {
    let values =
      if let trainable = weights.trainable {
        try weights.statistic(name, [3], trainable).value.elements
      } else {
        try weights.values(name, .vector, [3])
      }
    return values.map(Double.init)
  }
}

/// y = (x - mean) / deviation for each channel.
struct ScaledInput: Sendable {
  let numbers: Network.InputScaling
  private let scale: Tensor
  private let shift: Tensor

  init(_ weights: WeightReader, mean: [Double], deviation: [Double]) {
    numbers = Network.InputScaling(mean: mean, deviation: deviation)
    scale = weights.tensor([mean.count], deviation.map { Float(1 / $0) })
    shift = weights.tensor([mean.count], zip(mean, deviation).map { Float(-$0 / $1) })
  }

  func callAsFunction(_ x: Variable) -> Variable { affine(x, scale: .constant(scale), shift: .constant(shift)) }
}
