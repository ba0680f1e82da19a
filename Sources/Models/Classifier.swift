package import Autodiff
package import Networks
import Synchronization

/// A model ready to run: network, preprocessing, labels. Immutable; any number of threads may use it.
package final class Classifier: Sendable {
  package let manifest: ModelManifest
  package let network: Network
  package let labels: Labels

  private let passes: ForwardPassCounter

  /// - Parameter passes: counts this model's runs from the image on, perhaps together with other models'.
  package init(
    manifest: ModelManifest, network: Network, labels: Labels, passes: ForwardPassCounter = ForwardPassCounter()
  ) {
    precondition(
      labels.count == network.classCount, "Classifier: \(labels.count) labels for \(network.classCount) classes")
    self.manifest = manifest
    self.network = network
    self.labels = labels
    self.passes = passes
  }

  package var name: String { manifest.name }
  package var preprocessing: Preprocessing { manifest.preprocessing }

  /// What logits are divided by before they become probabilities; 1 for a model without a fitted one.
  package var temperature: Double { manifest.calibration?.temperature ?? 1 }

  /// What the logits stand for.
  package var output: OutputKind { manifest.output }

  /// The number that each class is told by: its probability, softmax or sigmoid of the logits by the temperature, or
  /// the value that the logit is. Whatever is told of this model's answers comes from here or from `number`; logits,
  /// and maps of them, stay as they are.
  ///
  /// - Parameter logits: of one image.
  package func numbers(of logits: [Float]) -> [Float] { output.numbers(of: logits, temperature: temperature) }

  /// The same for one class in Double, less that of another where there is one.
  package func number(of classIndex: Int, lessThatOf other: Int? = nil, in logits: [Float]) -> Double {
    output.number(of: classIndex, lessThatOf: other, in: logits, temperature: temperature)
  }

  /// Runs the network; see `Network.callAsFunction`. The one way to run a classifier, so that every pass is counted.
  package func forward(
    _ x: Variable, after layer: String? = nil, probe: (String, Variable) -> Variable = { $1 }
  ) -> Variable {
    if layer == nil { passes.add(x.shape[0]) }
    return network(x, after: layer, probe: probe)
  }

  /// The shapes of what each layer gives for one image, without the batch: [height, width, channels]. Runs the network
  /// once on an empty image.
  package func layerShapes(on engine: Engine) -> [(name: String, shape: Shape)] {
    var shapes: [String: Shape] = [:]
    let (tape, input) = (Tape(engine: engine), preprocessing.inputShape)
    _ = network(tape.constant(.zeros(input, in: engine.pool))) { [network] name, value in
      let shape = network.image(of: value.value, input: input, in: engine.pool).shape
      shapes[name] = Shape(Array(shape.extents.dropFirst()))
      return value
    }
    return network.layers.compactMap { layer in shapes[layer].map { (layer, $0) } }
  }
}

/// How many images networks have been run on; each image of a batch counts.
package final class ForwardPassCounter: Sendable {
  private let passes = Atomic(0)

  package init() {}

  package var count: Int { passes.load(ordering: .relaxed) }
  fileprivate func add(_ images: Int) { passes.add(images, ordering: .relaxed) }
}
