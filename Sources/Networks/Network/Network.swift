package import Autodiff

/// A classifier as data: named stages in forward order, the last of which gives the logits.
///
/// A stage is a place where the network can be probed: its result may be read, watched or replaced. There is no state,
/// so nothing has to be released, and any number of threads may run one network. All stages but the last give an image,
/// [N, H, W, C].
package struct Network: Sendable {
  package struct Stage: Sendable {
    package let name: String
    /// Whether a forward pass keeps the stage's result. A layer whose result is large and quickly computed again from
    /// the kept stage before it is not worth its memory.
    package let isKept: Bool
    /// What the result depends on; nil where any part of it may depend on the whole image.
    package let receptiveField: ReceptiveField?
    package let run: @Sendable (Variable) -> Variable

    package init(
      _ name: String, isKept: Bool = true, receptiveField: ReceptiveField? = nil,
      _ run: @escaping @Sendable (Variable) -> Variable
    ) {
      self.name = name
      self.isKept = isKept
      self.receptiveField = receptiveField
      self.run = run
    }
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

    init(
      after layer: String, features: @escaping @Sendable (Variable) -> Variable,
      classify: @escaping @Sendable (Variable) -> Variable, hasHiddenLayers: Bool = false
    ) {
      self.layer = layer
      self.features = features
      self.classify = classify
      self.hasHiddenLayers = hasHiddenLayers
    }

    /// A mean over space and a classifier, whose hidden layers belong to the features of the last one.
    init(meanOf layer: String, _ weights: WeightReader, _ classifier: ClassifierHead) {
      let dropout = Dropout(weights)
      self.init(
        after: layer, features: { classifier.lastInputs(classifier.features(of: $0)) },
        classify: { classifier.logits(ofLastInputs: dropout($0)) }, hasHiddenLayers: !classifier.isOneLayer)
    }

    /// A mean over space and a fully connected layer.
    init(meanOf layer: String, _ weights: WeightReader, _ classifier: FullyConnectedLayer) {
      let dropout = Dropout(weights)
      self.init(after: layer, features: { globalAveragePool($0) }, classify: { classifier(dropout($0)) })
    }

    func callAsFunction(_ x: Variable) -> Variable { classify(features(x)) }
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

  package init(
    stages: [Stage], targetLayer: String, classCount: Int, meanReadout: MeanReadout? = nil, head: Head? = nil
  ) {
    precondition(stages.first?.isKept == true, "Network: the first stage must be kept, for the layers after it")
    precondition(
      stages.dropLast().contains { $0.name == targetLayer }, "Network: there is no stage named \(targetLayer)")
    precondition(Set(stages.map { $0.name }).count == stages.count, "Network: two stages share a name")
    self.stages = stages
    self.targetLayer = targetLayer
    self.classCount = classCount
    // With hidden layers, a class's logit is no sum over places.
    self.meanReadout = head?.hasHiddenLayers == true ? nil : meanReadout
    self.head = head
  }

  /// The layers that can be explained: all stages but the one that gives the logits.
  package var layers: [String] { stages.dropLast().map { $0.name } }

  /// The layers whose results a forward pass keeps.
  package var keptLayers: [String] { stages.dropLast().filter { $0.isKept }.map { $0.name } }

  /// The last kept layer before `layer`, or `layer` itself if it is kept: where to start if its result is needed again.
  package func keptLayer(upTo layer: String) -> String {
    stages[..<start(after: layer)].last { $0.isKept }!.name
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - x: the preprocessed images, [N, H, W, 3]; or, with `layer`, what that stage gave.
  ///   - layer: starts after this stage instead of at the image.
  ///   - probe: called with the name and result of each stage; what it returns is used instead.
  /// - Returns: logits, [N, classes].
  package func callAsFunction(
    _ x: Variable, after layer: String? = nil, probe: (String, Variable) -> Variable = { $1 }
  ) -> Variable {
    var x = x
    for stage in stages[start(after: layer)...] { x = probe(stage.name, stage.run(x)) }
    return x
  }

  private func start(after layer: String?) -> Int {
    guard let layer else { return 0 }
    guard let index = stages.firstIndex(where: { $0.name == layer }) else {
      preconditionFailure("Network: there is no stage named \(layer)")
    }
    return index + 1
  }
}
