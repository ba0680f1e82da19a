package import Models

/// Which number of a network's answer a method or a metric watches while the input changes.
package enum Score: String, Hashable, Sendable, CaseIterable, Codable {
  /// The target's logit; of a contrast A − B, the difference of the logits.
  case logit
  /// The number that the model's answers are told by (`OutputKind`): the target's probability as it is served, or its
  /// value where the model gives values; of a contrast A − B, the difference of the probabilities.
  case probability

  /// - Parameters:
  ///   - logits: of one input, one for each class.
  ///   - classifier: whose they are.
  package func value(of logits: [Float], for target: Target, by classifier: Classifier) -> Double {
    switch self {
    case .logit:
      Double(logits[target.classIndex]) - (target.against.map { Double(logits[$0]) } ?? 0)
    case .probability:
      classifier.number(of: target.classIndex, lessThatOf: target.against, in: logits)
    }
  }

  /// What it is called beside numbers of a model.
  package func name(for output: OutputKind) -> String { self == .probability && output == .value ? "value" : rawValue }
}
