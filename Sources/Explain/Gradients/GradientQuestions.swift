import Autodiff
import Networks

/// What the gradient methods share: gradients at many inputs, several at once, and maps of the input's size.
extension Question {
  /// Height and width of the network's input.
  var inputSize: (height: Int, width: Int) { (pass.input.shape[1], pass.input.shape[2]) }

  /// d target / d input at the input itself, height x width x channels.
  func inputGradient(rule: ReLURule = .exact) throws(AttributionError) -> [Double] {
    try pass.inputGradients(of: target, at: pass.input, rule: rule).gradients.withElements { $0.map { Double($0) } }
  }

  /// Calls `body` with d target / d input at each of `count` inputs, in order. They are computed `ForwardPass.computationsAtOnce` at a
  /// time, so that memory is bounded, and the sums that `body` forms do not depend on that.
  ///
  /// - Parameters:
  ///   - done: passes that are through already, for the account of progress.
  ///   - total: passes of the whole method.
  ///   - input: writes the input of this index, height x width x channels; called from several threads at once.
  func eachGradient(
    _ count: Int, done: Int = 0, of total: Int, _ progress: Progress,
    input: @escaping @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void,
    body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(AttributionError) {
    let (pass, target) = (pass, target)
    let group = pass.computationsAtOnce
    for first in stride(from: 0, to: count, by: group) {
      let indices = first..<min(first + group, count)
      let gradients = try pass.computations(indices) { index throws(AttributionError) in
        let changed = Tensor(pass.input.shape, in: pass.engine.pool) { input(index, $0) }
        return try pass.inputGradients(of: target, at: changed).gradients
      }
      for (index, gradient) in zip(indices, gradients) { gradient.withElements { body(index, $0) } }
      try progress.step(done + indices.upperBound, of: total)
    }
  }

  /// The map of values on the input; throws where one is not finite.
  func inputMap(of values: [Double], _ reduction: ChannelReduction) throws(AttributionError) -> SaliencyMap {
    let map = reduction.map(of: values, width: inputSize.width, height: inputSize.height)
    // Both: a maximum hides a NaN, and a sum may overflow.
    guard values.allSatisfy(\.isFinite) && map.values.allSatisfy(\.isFinite) else {
      throw .notFinite(layer: "input", model: pass.classifier.name)
    }
    return map
  }
}
