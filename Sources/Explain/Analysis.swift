package import Autodiff
import Glibc
package import Images
package import Networks

/// One image through one network, kept: predictions, the activations of every layer, the recorded head behind the target layer, geometry, and a
/// copy of the image for display.
///
/// Immutable and `Sendable`; any number of threads may explain it at once. Explaining a class pulls one cotangent through the recorded
/// head and never runs the network from the image again.
package final class Analysis: Sendable {
  package let classifier: Classifier
  /// One for each class.
  package let logits: [Float]
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

  private let engine: Engine
  private let activations: [String: Tensor]
  /// The head behind the network's own target layer.
  private let targetHead: Head

  /// What was recorded behind a layer: enough to pull a logit's cotangent back to it.
  package struct Head: Sendable {
    package let layer: String
    /// What the layer gave, [1, H, W, C].
    package let activation: Tensor
    let recording: Recording
    let target: Variable.Node
    let logits: Variable.Node
  }

  /// Decodes an image and runs the network on it, once.
  package init(
    of bytes: [UInt8], by classifier: Classifier, on engine: Engine, limits: ImageLimits = ImageLimits()
  ) throws(AnalysisError) {
    let clock = ContinuousClock()
    let start = clock.now
    let decoded: DecodedImage
    do { decoded = try decodeImage(bytes, limits: limits) } catch { throw .image(error) }
    let decodedAt = clock.now

    let (input, geometry) = classifier.preprocessing.input(
      from: decoded.image, original: decoded.originalSize, in: engine.pool)
    let display = resizeToFit(decoded.image, longestSide: Self.displaySide)
    let preprocessedAt = clock.now

    let run = try Self.run(classifier, on: engine, input)
    let end = clock.now

    self.classifier = classifier
    self.engine = engine
    self.geometry = geometry
    self.display = display
    format = decoded.format
    logits = run.logits
    probabilities = softmax(run.logits)
    activations = run.activations
    targetHead = run.head
    timings = Timings(
      decode: decodedAt - start, preprocess: preprocessedAt - decodedAt, forward: end - preprocessedAt,
      total: end - start)
  }

  /// The layer that is explained unless another is asked for.
  package var defaultLayer: String { targetHead.layer }

  /// The classes by falling probability.
  package func predictions(_ count: Int) -> [Prediction] {
    let ranked = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    return ranked.prefix(max(count, 0)).map(prediction)
  }

  /// What the network says of one class.
  package func prediction(_ index: Int) -> Prediction {
    Prediction(label: classifier.labels[index], logit: logits[index], probability: probabilities[index])
  }

  /// Bytes that this analysis keeps alive: activations, the copy for display, and the numbers of each class.
  package var byteCount: Int {
    activations.values.reduce(0) { $0 + $1.byteCount } + display.pixels.count
      + (logits.count + probabilities.count) * MemoryLayout<Float>.stride
  }

  /// The recorded part of the network behind a layer. Behind the default layer it is kept; behind another it is recorded anew
  /// from that layer's kept activation.
  package func head(behind layer: String) -> Head {
    if layer == targetHead.layer { return targetHead }
    guard let activation = activations[layer] else { preconditionFailure("Analysis: there is no layer \(layer)") }
    let tape = Tape(engine: engine)
    let target = tape.watch(activation)
    let logits = classifier.forward(target, after: layer)
    return Head(
      layer: layer, activation: activation, recording: tape.recording(), target: target.node!, logits: logits.node!)
  }

  /// d logit / d activation of the head's layer, [1, H, W, C], for one class.
  package func gradient(of classIndex: Int, at head: Head, rule: ReLURule = .exact) -> Tensor {
    let seed = Tensor.oneHot(classIndex, count: logits.count, in: engine.pool)
    return head.recording.cotangents(of: head.logits, seed: seed, at: [head.target], on: engine, rule: rule)[0]
  }

  private static func run(
    _ classifier: Classifier, on engine: Engine, _ input: Tensor
  ) throws(AnalysisError) -> (logits: [Float], activations: [String: Tensor], head: Head) {
    let tape = Tape(engine: engine)
    let targetLayer = classifier.network.targetLayer
    var activations: [String: Tensor] = [:]
    var target: Variable?
    let logits = classifier.forward(tape.constant(input)) { name, value in
      activations[name] = value.value
      guard name == targetLayer else { return value }
      target = tape.watch(value.value)
      return target!
    }
    let values = logits.value.elements
    guard values.allSatisfy(\.isFinite) else {
      let order = classifier.network.stages.map(\.name)
      let first = order.first { name in activations[name].map { !$0.elements.allSatisfy(\.isFinite) } ?? false }
      throw .notFinite(layer: first ?? "logits", model: classifier.name)
    }
    for stage in classifier.network.stages.map(\.name) where !classifier.network.layers.contains(stage) {
      activations[stage] = nil
    }
    let head = Head(
      layer: targetLayer, activation: target!.value, recording: tape.recording(), target: target!.node!,
      logits: logits.node!)
    return (values, activations, head)
  }
}

/// What a network says of one class.
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
