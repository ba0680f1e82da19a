import Autodiff
import Models
import Networks
import TestSupport

/// The networks that are measured, each loaded once: from a store if it has them, else with weights that follow from a
/// rule, which take as long to compute with.
final class Models {
  /// The networks of the comparison with other engines.
  static let compared = [
    "efficientnet-lite0", "efficientnet-lite2", "efficientnet-b0", "mobilenet-v2", "squeezenet1.1", "resnet50", "vgg16",
    "densenet121",
  ]

  let store: ModelStore
  private var loaded: [String: Classifier] = [:]
  private var engines: [Int: Engine] = [:]

  /// - Parameter store: path of a model store; nil for the user's own.
  init(store: String?) {
    self.store = store.map { ModelStore(path: $0) } ?? .standard()
  }

  func classifier(_ name: String) throws -> Classifier {
    if let classifier = loaded[name] { return classifier }
    let classifier = try store.contains(name) ? store.load(name) : Self.synthetic(name)
    loaded[name] = classifier
    return classifier
  }

  /// An engine of so many threads.
  func engine(threads: Int) -> Engine {
    if let engine = engines[threads] { return engine }
    let engine = Engine(threadCount: threads)
    engines[threads] = engine
    return engine
  }

  /// A preprocessed picture of noise, [1, H, W, 3].
  func input(of classifier: Classifier, on engine: Engine) -> Tensor {
    var generator = SplitMix64(seed: 1)
    let shape = classifier.preprocessing.inputShape
    return Tensor(shape, generator.units(shape.count), in: engine.pool)
  }

  /// Names in `Tests/Golden/network-layouts.txt`.
  private static let layouts = [
    "efficientnet-b0": "efficientnet_b0", "mobilenet-v2": "mobilenet_v2", "squeezenet1.1": "squeezenet1_1",
    "resnet50": "resnet50", "vgg16": "vgg16", "densenet121": "densenet121",
  ]

  private static func synthetic(_ name: String) throws -> Classifier {
    guard let layout = layouts[name], let architecture = Architecture.named(name) else {
      throw BenchmarkError(
        "The store has no model '\(name)', and there is no rule for its weights; 'gaze models fetch \(name)' fetches it."
      )
    }
    let network = try architecture.build(WeightReader(SyntheticWeights(network: layout)))
    let manifest = ModelManifest(
      name: name, title: architecture.title, architecture: name, preprocessing: architecture.preprocessing,
      classCount: network.classCount, parameterCount: 0, targetLayer: network.targetLayer, weightsSHA256: "",
      sourceSHA256: "")
    return Classifier(manifest: manifest, network: network, labels: .imageNet)
  }
}

/// A sentence for whoever asked for something that cannot be measured.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
