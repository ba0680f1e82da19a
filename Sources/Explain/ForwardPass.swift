package import Autodiff
package import Networks

/// One run of a network, kept: logits, the activations of every layer, and the recorded head behind the target layer.
///
/// Explaining a class pulls one cotangent through the recorded head; the network is never run from the image again.
package struct ForwardPass: Sendable {
  package let classifier: Classifier
  package let engine: Engine
  /// One for each class.
  package let logits: [Float]
  /// What each layer gave, [1, H, W, C].
  package let activations: [String: Tensor]
  private let targetHead: Head

  /// What was recorded behind a layer: enough to pull a logit's cotangent back to it.
  package struct Head: Sendable {
    package let layer: String
    /// What the layer gave, [1, H, W, C].
    package let activation: Tensor
    fileprivate let recording: Recording
    fileprivate let target: Variable.Node
    fileprivate let logits: Variable.Node
  }

  /// Runs the network once on a preprocessed image, [1, H, W, 3]. Recording starts at the target layer.
  package init(of input: Tensor, by classifier: Classifier, on engine: Engine) throws(AnalysisError) {
    let network = classifier.network
    let tape = Tape(engine: engine)
    var activations: [String: Tensor] = [:]
    var target: Variable?
    let logits = classifier.forward(tape.constant(input)) { layer, value in
      activations[layer] = value.value
      guard layer == network.targetLayer else { return value }
      let watched = tape.watch(value.value)
      target = watched
      return watched
    }
    guard let target, let targetNode = target.node, let logitsNode = logits.node else {
      preconditionFailure("ForwardPass: the logits do not depend on the layer \(network.targetLayer)")
    }
    self.logits = logits.value.elements
    guard self.logits.allSatisfy(\.isFinite) else {
      let first = network.stages.first { stage in !activations[stage.name]!.elements.allSatisfy(\.isFinite) }
      throw .notFinite(layer: first?.name ?? network.targetLayer, model: classifier.name)
    }
    self.activations = activations.filter { network.layers.contains($0.key) }
    self.classifier = classifier
    self.engine = engine
    targetHead = Head(
      layer: network.targetLayer, activation: target.value, recording: tape.recording(), target: targetNode,
      logits: logitsNode)
  }

  /// The part of the network behind a layer. Behind the default layer it was recorded on the way; behind another it is recorded anew
  /// from that layer's kept activation.
  package func head(behind layer: String) -> Head {
    if layer == targetHead.layer { return targetHead }
    guard let activation = activations[layer] else { preconditionFailure("ForwardPass: there is no layer \(layer)") }
    let tape = Tape(engine: engine)
    let target = tape.watch(activation)
    let logits = classifier.forward(target, after: layer)
    guard let targetNode = target.node, let logitsNode = logits.node else {
      preconditionFailure("ForwardPass: the logits do not depend on the layer \(layer)")
    }
    return Head(
      layer: layer, activation: activation, recording: tape.recording(), target: targetNode, logits: logitsNode)
  }

  /// d logit / d activation of the head's layer, [1, H, W, C], for one class.
  package func gradient(of classIndex: Int, at head: Head, rule: ReLURule = .exact) -> Tensor {
    let seed = Tensor.oneHot(classIndex, count: logits.count, in: engine.pool)
    return head.recording.cotangents(of: head.logits, seed: seed, at: [head.target], on: engine, rule: rule)[0]
  }
}
