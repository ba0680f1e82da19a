package import Autodiff

/// A classifier as data: named stages in forward order, the last of which gives the logits.
///
/// A stage is a place where the network can be probed: its result may be read, watched or replaced. There is no state,
/// so nothing has to be released, and any number of threads may run one network. All stages but the last give an image,
/// [N, H, W, C], or tokens, [N, T, C], whose places `tokens` tells.
package struct Network: Sendable {
  /// Told the name and the result of a place; what it returns is used instead.
  package typealias Probe = (String, Variable) -> Variable

  package struct Stage: Sendable {
    package let name: String
    /// Whether a forward pass keeps the stage's result. A layer whose result is large and quickly computed again from
    /// the kept stage before it is not worth its memory.
    package let isKept: Bool
    /// What the result depends on; nil where any part of it may depend on the whole image.
    package let receptiveField: ReceptiveField?
    /// Layers within the stage that can be probed too, in forward order: beside them runs a shortcut, so that what
    /// comes after does not follow from their results alone.
    package let innerLayers: [String]
    private let body: @Sendable (Variable, Probe) -> Variable

    package init(
      _ name: String, isKept: Bool = true, receptiveField: ReceptiveField? = nil,
      _ run: @escaping @Sendable (Variable) -> Variable
    ) {
      self.init(name, isKept: isKept, receptiveField: receptiveField, innerLayers: []) { x, _ in run(x) }
    }

    /// - Parameter run: tells the probe of the inner layers.
    package init(
      _ name: String, isKept: Bool, receptiveField: ReceptiveField? = nil, innerLayers: [String],
      _ run: @escaping @Sendable (Variable, Probe) -> Variable
    ) {
      self.name = name
      self.isKept = isKept
      self.receptiveField = receptiveField
      self.innerLayers = innerLayers
      body = run
    }

    package func run(_ x: Variable, probe: Probe = { $1 }) -> Variable { body(x, probe) }
  }

  /// A mean over space, then one fully connected layer: z_c = sum over k of w_ck mean(A_k) + b_c. Then what a class's
  /// logit is made of can be told place by place.
  package struct MeanReadout: Sendable {
    /// The stages that give A: more than one where stages pass on what they get.
    package let layers: [String]
    private let bias: Tensor?

    /// - Parameter bias: b, one for each class; nil where there is none.
    package init(layers: [String], bias: Tensor?) {
      self.layers = layers
      self.bias = bias
    }

    /// b_c.
    package func bias(of classIndex: Int) -> Float { bias?.withElements { $0[classIndex] } ?? 0 }
  }

  /// The end of a network: what its last layer reads, and that layer, with dropout before it while the network is
  /// trained.
  package struct Head: Sendable {
    /// The stage after which it begins.
    package let layer: String
    /// From that stage's result to the features, [N, ...].
    package let features: @Sendable (Variable) -> Variable
    /// From the features to the logits, [N, classes].
    package let classify: @Sendable (Variable) -> Variable
    /// Whether hidden layers come between the features that the paper has and the last layer.
    let hasHiddenLayers: Bool
    /// Whether the features are the layer's mean over space.
    package let readsMean: Bool

    init(
      after layer: String, features: @escaping @Sendable (Variable) -> Variable,
      classify: @escaping @Sendable (Variable) -> Variable, hasHiddenLayers: Bool = false, readsMean: Bool = false
    ) {
      self.layer = layer
      self.features = features
      self.classify = classify
      self.hasHiddenLayers = hasHiddenLayers
      self.readsMean = readsMean
    }

    /// A mean over space and a classifier, whose hidden layers belong to the features of the last one.
    init(meanOf layer: String, _ weights: WeightReader, _ classifier: ClassifierHead) {
      let dropout = Dropout(weights)
      self.init(
        after: layer, features: { classifier.lastInputs(classifier.features(of: $0)) },
        classify: { classifier.logits(ofLastInputs: dropout($0)) }, hasHiddenLayers: !classifier.isOneLayer,
        readsMean: true)
    }

    func callAsFunction(_ x: Variable) -> Variable { classify(features(x)) }
  }

  /// What a network does to its input before its first layer: y = (x - mean) / deviation for each channel.
  package struct InputScaling: Hashable, Sendable {
    package let mean: [Double]
    package let deviation: [Double]
  }

  package let stages: [Stage]
  /// The stage that a class activation map explains unless another is asked for: the last with spatial extent.
  package let targetLayer: String
  package let classCount: Int
  /// How the logits follow from the last layers, where nothing comes after them but a mean over space and one fully
  /// connected layer; else nil.
  package let meanReadout: MeanReadout?
  /// Where the network's last layer begins, for training it by itself; nil for a network that is not trained.
  package let head: Head?
  /// How the tokens of its stages lie on the image; nil where stages give images.
  package let tokens: TokenGrid?
  /// Its attentions over all tokens, in forward order; none for a network without.
  package let attentions: [SelfAttention]
  /// nil where its input is what its first layer reads.
  package let inputScaling: InputScaling?

  package init(
    stages: [Stage], targetLayer: String, classCount: Int, meanReadout: MeanReadout? = nil, head: Head? = nil,
    tokens: TokenGrid? = nil, attentions: [SelfAttention] = [], inputScaling: InputScaling? = nil
  ) {
    let layers = stages.dropLast().flatMap { $0.innerLayers + [$0.name] }
    precondition(
      stages.first?.isKept == true && stages.first?.innerLayers.isEmpty == true,
      "Network: the first stage must be kept, for the layers after it, and have none within it")
    precondition(layers.contains(targetLayer), "Network: there is no layer named \(targetLayer)")
    precondition(Set(layers).count == layers.count, "Network: two layers share a name")
    self.stages = stages
    self.layers = layers
    self.tokens = tokens
    self.attentions = attentions
    self.inputScaling = inputScaling
    self.targetLayer = targetLayer
    self.classCount = classCount
    // With hidden layers, a class's logit is no sum over places.
    self.meanReadout = head?.hasHiddenLayers == true ? nil : meanReadout
    self.head = head
  }

  /// The layers that can be explained: all stages but the one that gives the logits, each after the layers within it.
  package let layers: [String]

  /// The layers whose results a forward pass keeps.
  package var keptLayers: [String] { stages.dropLast().filter { $0.isKept }.map { $0.name } }

  /// The last kept layer before `layer`, or `layer` itself if it is kept: where to start if its result is needed again.
  package func keptLayer(upTo layer: String) -> String {
    let within = stages.firstIndex { $0.innerLayers.contains(layer) }
    return stages[..<(within ?? start(after: layer))].last { $0.isKept }!.name
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - x: the preprocessed images, [N, H, W, 3]; or, with `layer`, what that stage gave.
  ///   - layer: starts after this stage instead of at the image.
  ///   - probe: told of each stage, of the layers within it before, and of what `attentions` name; what it returns is
  ///     used instead.
  /// - Returns: logits, [N, classes].
  package func callAsFunction(
    _ x: Variable, after layer: String? = nil, probe: Probe = { $1 }
  ) -> Variable {
    var x = x
    for stage in stages[start(after: layer)...] { x = probe(stage.name, stage.run(x, probe: probe)) }
    return x
  }

  /// The logits if the network ended after this stage, whose result must be fit for the last ones: those of a
  /// transformer read tokens from any of its blocks.
  ///
  /// - Parameter layer: the stage before the last ones.
  package func readout(_ x: Variable, skippingTo layer: String) -> Variable {
    stages[start(after: layer)...].reduce(x) { $1.run($0) }
  }

  /// What a layer gave as an image, [N, rows, columns, C]; itself where it is one.
  ///
  /// - Parameter input: the shape of the network's input, [N, H, W, 3].
  package func image(of value: Tensor, input: Shape, in pool: BufferPool) -> Tensor {
    guard let tokens, value.shape.rank == 3 else { return value }
    return tokens.image(of: value, input: input, in: pool)
  }

  private func start(after layer: String?) -> Int {
    guard let layer else { return 0 }
    guard let index = stages.firstIndex(where: { $0.name == layer }) else {
      preconditionFailure("Network: there is no stage named \(layer)")
    }
    return index + 1
  }
}
