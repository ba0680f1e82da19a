package import Autodiff
import Glibc
package import Images
package import Networks

/// One image through one network, kept: a forward pass, its predictions, geometry, and a copy of the image for display.
///
/// Immutable and `Sendable`; any number of threads may explain it at once.
package struct Analysis: Sendable {
  package let pass: ForwardPass
  /// Softmax of the logits.
  package let probabilities: [Float]
  package let geometry: CropGeometry
  package let format: ImageFormat
  /// The upright image, at most `displaySide` pixels on its longer side.
  package let display: RGBImage
  package let timings: Timings

  /// The longer side of the copy for display, at most.
  package static let displaySide = 1024

  /// Where the time of an analysis went.
  package struct Timings: Hashable, Sendable {
    package var decode: Duration
    package var preprocess: Duration
    package var forward: Duration
    package var total: Duration
  }

  /// Decodes an image and runs the network on it, once.
  package init(
    of bytes: [UInt8], by classifier: Classifier, on engine: Engine, limits: ImageLimits = ImageLimits()
  ) throws(AnalysisError) {
    let start = ContinuousClock.now
    let decoded: DecodedImage
    do { decoded = try decodeImage(bytes, limits: limits) } catch { throw .image(error) }
    try self.init(of: decoded, decodedIn: ContinuousClock.now - start, by: classifier, on: engine)
  }

  /// Runs the network on an image that is decoded already, for callers who look up between the two.
  ///
  /// - Parameter decode: how long decoding took, for the account of the whole.
  package init(
    of decoded: DecodedImage, decodedIn decode: Duration, by classifier: Classifier, on engine: Engine
  ) throws(AnalysisError) {
    let clock = ContinuousClock()
    let start = clock.now
    let (input, geometry) = classifier.preprocessing.input(
      from: decoded.image, original: decoded.originalSize, in: engine.pool)
    display = resizeToFit(decoded.image, longestSide: Self.displaySide)
    let preprocessedAt = clock.now

    pass = try ForwardPass(of: input, by: classifier, on: engine)
    let end = clock.now

    self.geometry = geometry
    format = decoded.format
    probabilities = softmax(pass.logits)
    timings = Timings(
      decode: decode, preprocess: preprocessedAt - start, forward: end - preprocessedAt, total: decode + (end - start))
  }

  package var classifier: Classifier { pass.classifier }

  /// The classes by falling logit, at most `count` of them.
  package func predictions(_ count: Int) -> [Prediction] {
    let logits = pass.logits
    let ranked = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    return ranked.prefix(max(count, 0)).map(prediction)
  }

  /// What the network says of one class.
  package func prediction(_ index: Int) -> Prediction {
    Prediction(label: classifier.labels[index], logit: pass.logits[index], probability: probabilities[index])
  }

  /// Bytes that this analysis keeps alive: activations, the copy for display, and the numbers of each class.
  package var byteCount: Int {
    pass.activations.values.reduce(0) { $0 + $1.byteCount } + display.pixels.count
      + (pass.logits.count + probabilities.count) * MemoryLayout<Float>.stride
  }

  /// Explains a class's logit by the activations of a layer, the network's own target layer unless another is named.
  package func explain(
    _ classIndex: Int, by rule: CAMRule = .gradCAM, at layer: String? = nil
  ) throws(AnalysisError) -> Attribution {
    let layer = layer ?? classifier.network.targetLayer
    return Attribution(
      method: rule.name, layer: layer, target: prediction(classIndex),
      map: try pass.map(of: classIndex, by: rule, at: layer), geometry: geometry)
  }
}

/// What the network says of one class.
package struct Prediction: Hashable, Sendable {
  package let label: ClassLabel
  package let logit: Float
  package let probability: Float
}

/// Why an image has no analysis.
package enum AnalysisError: Error, Equatable, CustomStringConvertible {
  case image(ImageError)
  /// A layer gave a value that is not finite, from an image that is.
  case notFinite(layer: String, model: String)

  package var description: String {
    switch self {
    case .image(let error): error.description
    case .notFinite(let layer, let model):
      "The model '\(model)' gave numbers that are not finite, first in its layer '\(layer)'; its weights are damaged or diverged in training."
    }
  }
}

/// exp(z_i) / sum of exp(z_j), shifted by the maximum and summed in Double.
func softmax(_ logits: [Float]) -> [Float] {
  guard let maximum = logits.max() else { return [] }
  let powers = logits.map { exp(Double($0) - Double(maximum)) }
  let sum = powers.reduce(0, +)
  return powers.map { Float($0 / sum) }
}
