import Explain

extension ForwardPass {
  /// What a class activation method says of a class's logit.
  func map(of classIndex: Int, by rule: CAMRule, at layer: String) throws -> SaliencyMap {
    try ClassActivationMap(rule).attribute(Question(pass: self, target: Target(classIndex), layer: layer), .none).map
  }
}
