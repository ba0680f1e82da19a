import Autodiff
package import Models

/// Which number of a network's answer a method or a metric watches while the input changes.
package enum Score: String, Hashable, Sendable, CaseIterable, Codable {
  /// The target's logit; of a contrast A − B, the difference of the logits.
  case logit
  /// The target's probability as the model is served, softmax of the logits by its temperature; of a contrast A − B,
  /// the difference of the probabilities.
  case probability

  /// - Parameters:
  ///   - logits: of one input, one for each class.
  ///   - classifier: whose they are.
  package func value(of logits: [Float], for target: Target, by classifier: Classifier) -> Double {
    switch self {
    case .logit:
      Double(logits[target.classIndex]) - (target.against.map { Double(logits[$0]) } ?? 0)
    case .probability:
      probabilityDifference(logits, target, classifier)
    }
  }

  private func probabilityDifference(_ logits: [Float], _ target: Target, _ classifier: Classifier) -> Double {
    let scale = classifier.softmaxScale(of: logits)
    func power(_ index: Int) -> Double { scale.power(of: logits[index]) }
    return (power(target.classIndex) - (target.against.map(power) ?? 0)) / scale.sum
  }
}
