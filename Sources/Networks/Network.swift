package import Autodiff

/// A classifier as data: named stages in forward order, the last of which gives the logits.
///
/// A stage is a place where the network can be probed: its result may be read, watched or replaced. There is no state, so nothing
/// has to be released, and any number of threads may run one network.
package struct Network: Sendable {
  package struct Stage: Sendable {
    package let name: String
    let run: @Sendable (Variable) -> Variable

    package init(_ name: String, _ run: @escaping @Sendable (Variable) -> Variable) {
      self.name = name
      self.run = run
    }
  }

  package let stages: [Stage]
  /// The stage that a class activation map explains unless another is asked for: the last with spatial extent.
  package let targetLayer: String
  package let classCount: Int

  package init(stages: [Stage], targetLayer: String, classCount: Int) {
    precondition(
      stages.contains { $0.name == targetLayer }, "Network: there is no stage named \(targetLayer)")
    precondition(Set(stages.map(\.name)).count == stages.count, "Network: two stages share a name")
    self.stages = stages
    self.targetLayer = targetLayer
    self.classCount = classCount
  }

  /// The layers that can be explained: all stages but the one that gives the logits.
  package var layers: [String] { stages.dropLast().map(\.name) }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - x: the preprocessed images, [N, H, W, 3]; or, with `layer`, what that stage gave.
  ///   - layer: starts behind this stage instead of at the image.
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
