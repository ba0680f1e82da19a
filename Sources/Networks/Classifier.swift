package import Autodiff
package import Images

/// A model ready to run: network, preprocessing, labels. Immutable; any number of threads may use it.
package final class Classifier: Sendable {
  package let manifest: ModelManifest
  package let network: Network
  package let labels: Labels

  package init(manifest: ModelManifest, network: Network, labels: Labels) {
    precondition(
      labels.count == network.classCount, "Classifier: \(labels.count) labels for \(network.classCount) classes")
    self.manifest = manifest
    self.network = network
    self.labels = labels
  }

  package var name: String { manifest.name }
  package var preprocessing: Preprocessing { manifest.preprocessing }

  /// The shapes of what each layer gives for one image, without the batch: [height, width, channels]. Runs the network once on
  /// an empty image.
  package func layerShapes(on engine: Engine) -> [(name: String, shape: Shape)] {
    var shapes: [(name: String, shape: Shape)] = []
    let tape = Tape(engine: engine)
    _ = network(tape.constant(.zeros(preprocessing.inputShape, in: engine.pool))) { name, value in
      shapes.append((name, Shape(Array(value.shape.extents.dropFirst()))))
      return value
    }
    return shapes.dropLast()
  }
}
