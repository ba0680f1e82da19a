import Foundation

/// The learning rate's course over a run: a linear warm-up, then half a cosine down to a share of the peak.
///
/// Step t of T, counted from 0, with W steps of warm-up and the final share f:
/// t < W: (t + 1) / W; else f + (1 - f) (1 + cos(pi (t - W) / (T - W))) / 2. The values are factors of the peak.
///
/// Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv 1608.03983, equation 5,
/// without restarts; warm-up: Goyal et al., arXiv 1706.02677, section 2.2.
package struct LearningRateSchedule: Sendable, Hashable {
  package let steps: Int
  package let warmUpSteps: Int
  package let finalShare: Double

  package init(steps: Int, warmUpSteps: Int, finalShare: Double = 0) {
    precondition(steps > 0, "LearningRateSchedule: a run has at least one step, got \(steps)")
    precondition(
      (0...steps).contains(warmUpSteps), "LearningRateSchedule: \(warmUpSteps) steps of warm-up in \(steps) steps")
    self.steps = steps
    self.warmUpSteps = warmUpSteps
    self.finalShare = finalShare
  }

  /// The factor of the peak at step `step`, 0-based.
  package func factor(at step: Int) -> Double {
    if step < warmUpSteps { return Double(step + 1) / Double(warmUpSteps) }
    let part = Double(step - warmUpSteps) / Double(max(steps - warmUpSteps, 1))
    return finalShare + (1 - finalShare) * (1 + cos(.pi * part)) / 2
  }
}
