import Explain

extension ForwardPass {
  /// What a method says, at the network's own target layer unless another is named.
  func ask(
    _ method: any AttributionMethod, _ target: Target, at layer: String? = nil, progress: PassProgress = .none
  ) throws -> MethodResult {
    try method.attribute(Question(pass: self, target: target, layer: layer), progress)
  }

  /// What a class activation method says of a class's logit.
  func map(of classIndex: Int, by rule: CAMRule, at layer: String) throws -> SaliencyMap {
    try ask(ClassActivationMap(rule), Target(classIndex), at: layer).map
  }
}

extension MethodResult {
  func number(_ note: String) -> Double? {
    guard case .number(let value) = notes.first(where: { $0.name == note })?.value else { return nil }
    return value
  }
}
