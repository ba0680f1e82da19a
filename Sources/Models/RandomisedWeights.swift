package import Autodiff
package import Networks

/// A network's weights with some units made random, for the question whether an explanation depends on what the network
/// learned.
///
/// Filters and matrices become normal numbers with the mean and deviation of the values that they replace. Vectors
/// (biases, and the four of a batch normalisation) keep their values in another order, the same for all vectors of a
/// module, so that a channel's variance stays with its scale and activations keep their magnitude. What a parameter
/// becomes depends on the seed and its name alone.
package struct RandomisedWeights: WeightSource {
  private let source: any WeightSource
  private let units: Set<String>
  private let seed: UInt64

  /// - Parameter units: what to make random; see `unit(of:)`.
  package init(_ source: any WeightSource, units: Set<String>, seed: UInt64) {
    self.source = source
    self.units = units
    self.seed = seed
  }

  package var names: [String] { source.names }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { source.shape(of: name, role) }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    let values = try source.values(of: name, role)
    guard units.contains(Self.unit(of: name)) else { return values }
    if role == .vector {
      let order = RandomNumbers(seed: seed, stream: fnv1a64(module(ofParameter: name))).permutation(values.count)
      return order.map { values[$0] }
    }
    let numbers = RandomNumbers(seed: seed, stream: fnv1a64(name))
    let mean = values.reduce(0) { $0 + Double($1) } / Double(max(values.count, 1))
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(values.count, 1))
    let deviation = variance.squareRoot()
    return values.indices.map { Float(mean + deviation * numbers.normal($0)) }
  }

  /// The part of a network that a parameter belongs to: its name up to the first number, `layer1.0` of
  /// `layer1.0.conv2.weight`; without one its module, `conv1` of `conv1.weight`.
  package static func unit(of name: String) -> String {
    let module = module(ofParameter: name)
    var end = module.startIndex
    for component in module.split(whereSeparator: isNameSeparator) {
      end = component.endIndex
      if component.allSatisfy({ ("0"..."9").contains($0) }) { return String(module[..<end]) }
    }
    return module
  }
}

/// Builds copies of a model whose last units have random weights: the logits' layer first, then the ones before it.
package struct ModelRandomiser {
  /// From the logits down to the image, in the reverse of the order in which the network asks for its parameters.
  package let units: [String]
  private let source: any WeightSource
  private let build: (WeightReader) throws(WeightError) -> Network
  private let classifier: Classifier
  private let seed: UInt64

  /// - Parameters:
  ///   - source: the model's own weights.
  ///   - build: its architecture.
  ///   - classifier: the model; its name, preprocessing and labels stay.
  package init(
    of classifier: Classifier, _ source: any WeightSource, seed: UInt64,
    build: @escaping (WeightReader) throws(WeightError) -> Network
  ) throws(WeightError) {
    let asked = AskedNames(source)
    _ = try build(WeightReader(asked))
    var units: [String] = []
    for unit in asked.order.map(RandomisedWeights.unit) where !units.contains(unit) { units.append(unit) }
    self.units = units.reversed()
    self.source = source
    self.build = build
    self.classifier = classifier
    self.seed = seed
  }

  /// The model with its last `count` units random.
  package func classifier(randomising count: Int) throws(WeightError) -> Classifier {
    let weights = RandomisedWeights(source, units: Set(units.prefix(count)), seed: seed)
    return Classifier(
      manifest: classifier.manifest, network: try build(WeightReader(weights)), labels: classifier.labels)
  }
}

extension ModelStore {
  /// Builds copies of a stored model with random weights.
  package func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser {
    let name = classifier.name
    guard let architecture = Architecture.named(classifier.manifest.architecture) else {
      throw .unknownArchitecture(classifier.manifest.architecture)
    }
    do {
      return try ModelRandomiser(of: classifier, storedWeights(of: name), seed: seed) {
        reader throws(WeightError) in classifier.manifest.answering(try architecture.build(reader))
      }
    } catch {
      throw .weights(name, error)
    }
  }
}

/// Notes the order in which parameters are asked for.
private final class AskedNames: WeightSource {
  private let source: any WeightSource
  private(set) var order: [String] = []

  init(_ source: any WeightSource) { self.source = source }

  var names: [String] { source.names }

  func shape(of name: String, _ role: ParameterRole) -> Shape? { source.shape(of: name, role) }

  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    order.append(name)
    return try source.values(of: name, role)
  }
}
