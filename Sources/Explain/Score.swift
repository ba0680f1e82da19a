import Autodiff

/// Which number of a network's answer a method or a metric watches while the input changes.
package enum Score: String, Hashable, Sendable, CaseIterable, Codable {
  /// The target's logit; of a contrast A − B, the difference of the logits.
  case logit
  /// The target's softmax probability; of a contrast A − B, the difference of the probabilities.
  case probability

  /// - Parameter logits: of one input, one for each class.
  package func value(of logits: [Float], for target: Target) -> Double {
    switch self {
    case .logit:
      Double(logits[target.classIndex]) - (target.against.map { Double(logits[$0]) } ?? 0)
    case .probability:
      probabilityDifference(logits, target)
    }
  }

  private func probabilityDifference(_ logits: [Float], _ target: Target) -> Double {
    let scale = SoftmaxScale(of: logits)
    func power(_ index: Int) -> Double { scale.power(of: logits[index]) }
    return (power(target.classIndex) - (target.against.map(power) ?? 0)) / scale.sum
  }
}
