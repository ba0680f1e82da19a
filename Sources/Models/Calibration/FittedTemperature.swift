/// The temperature T that minimises the mean negative log-likelihood of softmax(z / T) over labelled images: one number
/// for all classes, so that neither the order of the classes nor any answer changes. Of sigmoids it is the mean over
/// images and classes of the binary cross-entropy of sigmoid(z / T).
///
/// The loss is convex in b = 1 / T, so its minimum is where the derivative crosses zero. That is found by Newton's
/// steps within a bracket, which is halved where a step leaves it or does not shrink fast enough; in Double and in the
/// order of the images, so that the same logits give the same bits.
///
/// Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017 (arXiv 1706.04599),
/// section 4.2. The search is that of Press et al., "Numerical Recipes", section 9.4, `rtsafe`.
package struct FittedTemperature: Hashable, Sendable {
  package let value: Double
  /// Whether the loss is least at a bound of the search or beyond it: at the lower one if all answers or nearly all are
  /// right, at the upper one if they are hardly better than chance. Then the images do not say how sure the network may
  /// be.
  package let isAtBound: Bool

  package static let bounds = 0.05...20.0

  /// - Parameter logits: of at least one image. If no temperature is better than another, it is 1.
  package init(minimisingLossOf logits: LabelledLogits) {
    precondition(logits.count > 0, "FittedTemperature: no images")
    var scale = 1.0
    var slope = logits.lossDerivatives(at: scale)
    guard slope.first != 0 else {
      (value, isAtBound) = (1, false)
      return
    }
    let isTooShy = slope.first < 0
    let bound = isTooShy ? Self.bounds.lowerBound : Self.bounds.upperBound
    let end = logits.lossDerivatives(at: 1 / bound).first
    guard isTooShy ? end > 0 : end < 0 else {
      (value, isAtBound) = (bound, true)
      return
    }
    var (low, high) = isTooShy ? (1, 1 / bound) : (1 / bound, 1)
    var (step, stepBefore) = (high - low, high - low)
    while slope.first != 0 {
      let newton = slope.first / slope.second
      let isHalved =
        !(low <= scale - newton && scale - newton <= high) || abs(2 * slope.first) > abs(stepBefore * slope.second)
      stepBefore = step
      let next = isHalved ? low + (high - low) / 2 : scale - newton
      step = abs(next - scale)
      scale = next
      if step <= 1e-12 * scale || high - low <= 1e-12 * high { break }
      slope = logits.lossDerivatives(at: scale)
      if slope.first < 0 { low = scale } else { high = scale }
    }
    (value, isAtBound) = (1 / scale, false)
  }
}
