import Autodiff
import Models
import Networks

/// What the gradient methods share: gradients at many inputs, several at once, and maps of the input's size.
extension Question {
  /// Height and width of the network's input.
  var inputSize: (height: Int, width: Int) { (pass.input.shape[1], pass.input.shape[2]) }

  /// For each target d target / d input at the input itself, height x width x channels.
  func inputGradients(rule: ReLURule = .exact) throws(AttributionError) -> [[Double]] {
    try pass.inputGradients(of: targets, at: pass.input, rule: rule).gradients
      .map { $0.withElements { $0.map { Double($0) } } }
  }

  /// Calls `body` with d target / d input at each of `count` inputs, in order, and of each target there. They are
  /// computed `ForwardPass.computationsAtOnce` at a time, so that memory is bounded, and the sums that `body` forms do
  /// not depend on that.
  ///
  /// - Parameters:
  ///   - done: passes that are through already, for the account of progress.
  ///   - total: passes of the whole method.
  ///   - partial: what the results would be after so many of the inputs; see `PassProgress.offer`.
  ///   - input: writes the input of this index, height x width x channels; called from several threads at once.
  func eachGradient(
    _ count: Int, done: Int = 0, of total: Int, _ progress: PassProgress,
    partial: (Int) throws(AttributionError) -> [MethodResult],
    input: @escaping @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void,
    body: (_ input: Int, _ target: Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(AttributionError) {
    let (pass, targets) = (pass, targets)
    let group = pass.computationsAtOnce
    for first in stride(from: 0, to: count, by: group) {
      let indices = first..<min(first + group, count)
      let gradients = try pass.computations(indices) { index throws(AttributionError) in
        let changed = Tensor(pass.input.shape, in: pass.engine.pool) { input(index, $0) }
        return try pass.inputGradients(of: targets, at: changed).gradients
      }
      for (index, gradients) in zip(indices, gradients) {
        for (target, gradient) in gradients.enumerated() { gradient.withElements { body(index, target, $0) } }
      }
      try progress.step(done + indices.upperBound, of: total)
      progress.offer { () throws(AttributionError) in try partial(indices.upperBound) }
    }
  }

  /// A result for each target, of its values on the input.
  func results(of values: [[Double]], _ reduction: ChannelReduction) throws(AttributionError) -> [MethodResult] {
    var results: [MethodResult] = []
    for values in values { results.append(MethodResult(map: try inputMap(of: values, reduction))) }
    return results
  }

  /// The map of values on the input; throws where one is not finite.
  func inputMap(of values: [Double], _ reduction: ChannelReduction) throws(AttributionError) -> SaliencyMap {
    let map = reduction.map(of: values, width: inputSize.width, height: inputSize.height)
    // Both: a maximum hides a NaN, and a sum may overflow.
    guard values.allSatisfy({ $0.isFinite }) && map.values.allSatisfy({ $0.isFinite }) else {
      throw .notFinite(layer: "input", model: pass.classifier.name)
    }
    return map
  }
}
