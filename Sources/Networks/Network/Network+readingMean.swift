extension Network {
  /// The end that most networks have: the mean over space of the last stage's result, which is the target layer, and a
  /// classifier.
  ///
  /// - Parameters:
  ///   - same: stages before the last whose results are the last one's too.
  ///   - headWeight: of the classifier.
  package init(
    readingMeanOf stages: [Stage], besides same: [String] = [], _ weights: WeightReader, _ headWeight: HeadWeight
  ) throws(WeightError) {
    let targetLayer = stages.last!.name
    let classCount = try weights.classCount(headWeight)
    let classifier = try ClassifierHead(
      weights, headWeight.name, bias: headWeight.bias, inputs: headWeight.inputs, outputs: classCount)
    let head = Head(meanOf: targetLayer, weights, classifier)
    try weights.requireAllUsed()
    self.init(
      stages: stages + [Stage("logits") { head($0) }], targetLayer: targetLayer, classCount: classCount,
      meanReadout: MeanReadout(layers: same + [targetLayer], bias: classifier.bias), head: head)
  }
}
