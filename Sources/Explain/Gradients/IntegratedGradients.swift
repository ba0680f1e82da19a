import Autodiff
import Glibc

/// Integrated gradients: L[i, j] = reduction over channels of (x - b) times the integral over t from 0 to 1 of dy/dx (b
/// + t (x - b)), the target's gradient along the straight line from a baseline b to the input x.
///
/// How much each pixel adds to the target on the way from an image without content to this one. The answer depends on
/// what counts as "without content": a pixel equal to the baseline gets nothing. The integral is a Gauss-Legendre sum,
/// as Captum's default.
///
/// Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365, equation 1; baselines:
/// Sturmfels, Lundberg, Lee, "Visualizing the Impact of Feature Attribution Baselines", Distill 2020.
///
/// Property (completeness): the sum of all contributions is y(x) - y(b), but for the error of the sum over steps.
/// Notes: `target_at_baseline` y(b), `completeness_error` (the sum less y(x) - y(b)), and that as a share of |y(x) -
/// y(b)|.
package struct IntegratedGradients: AttributionMethod {
  package let steps: Int
  package let baseline: Baseline
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = IntegratedGradients(steps: 50, baseline: .zero, reduction: .sum)

  package init(
    steps: Int = defaults.steps, baseline: Baseline = defaults.baseline,
    reduction: ChannelReduction = defaults.reduction
  ) {
    precondition(steps >= 1, "IntegratedGradients: \(steps) steps")
    self.steps = steps
    self.baseline = baseline
    self.reduction = reduction
  }

  package var name: String { "integrated-gradients" }
  package var resolution: Resolution { .input }
  package var parameters: [MethodParameter] {
    [MethodParameter("steps", .integer(steps)), MethodParameter("quadrature", .text("gauss-legendre"))]
      + baseline.parameters
      + [reduction.parameter]
  }

  /// The first forward pass is the baseline's.
  package func cost(of question: QuestionShape) -> Cost { Cost(forward: 1 + steps, reverse: steps * question.targets) }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let (pass, targets) = (question.pass, question.targets)
    let x = pass.input.elements
    let start = baseline.image(for: pass.input, in: pass.engine.pool)
    let b = start.elements
    let total = steps + 1
    let baselineLogits = try pass.logits(of: start)[0]
    try progress.step(1, of: total)

    let rule = GaussLegendre(steps)
    var integrals = targets.map { _ in [Double](repeating: 0, count: x.count) }
    func contributions(_ target: Int, share: Double = 1) -> [Double] {
      x.indices.map { integrals[target][$0] / share * (Double(x[$0]) - Double(b[$0])) }
    }
    // Broken off, the gradients of the part of the way that was gone stand for all of it.
    func results(of count: Int) throws(AttributionError) -> [MethodResult] {
      let share = rule.weights[..<count].reduce(0, +)
      return try question.results(of: targets.indices.map { contributions($0, share: share) }, reduction)
    }
    try question.eachGradient(
      steps, done: 1, of: total, progress, partial: { count throws(AttributionError) in try results(of: count) },
      input: { step, input in
        let t = rule.nodes[step]
        for i in x.indices { input[i] = Float(Double(b[i]) + t * (Double(x[i]) - Double(b[i]))) }
      },
      body: { step, target, gradient in
        let weight = rule.weights[step]
        for i in gradient.indices { integrals[target][i] += weight * Double(gradient[i]) }
      })

    var results: [MethodResult] = []
    for (index, target) in targets.enumerated() {
      let contributions = contributions(index)
      let notes = Self.completeness(
        of: contributions, value: Double(target.value(of: pass.logits)),
        atBaseline: Double(target.value(of: baselineLogits)))
      results.append(MethodResult(map: try question.inputMap(of: contributions, reduction), notes: notes))
    }
    return results
  }

  private static func completeness(of contributions: [Double], value: Double, atBaseline: Double) -> [MethodParameter] {
    let difference = value - atBaseline
    let error = contributions.reduce(0, +) - difference
    let notes = [
      MethodParameter("target_at_baseline", .number(atBaseline)), MethodParameter("completeness_error", .number(error)),
    ]
    guard difference != 0 else { return notes }
    return notes + [MethodParameter("completeness_error_share", .number(abs(error / difference)))]
  }
}

/// The rule of Gauss and Legendre for the integral from 0 to 1: exact for polynomials up to degree 2 n - 1. No node
/// lies on an end.
///
/// Source: Press et al., "Numerical Recipes", 3rd ed., section 4.6.1: the nodes are the roots of Legendre's polynomial
/// P_n, by Newton's method from cos(pi (i + 3/4) / (n + 1/2)), the weights 2 / ((1 - z^2) P_n'(z)^2); here moved from
/// [-1, 1] to [0, 1].
struct GaussLegendre {
  /// Rising.
  let nodes: [Double]
  /// They sum to 1.
  let weights: [Double]

  init(_ count: Int) {
    var nodes: [Double] = []
    var weights: [Double] = []
    for i in 0..<count {
      var z = -cos(.pi * (Double(i) + 0.75) / (Double(count) + 0.5))
      var derivative = 0.0
      for _ in 0..<8 {
        let (value, slope) = Self.legendre(count, at: z)
        derivative = slope
        z -= value / slope
      }
      nodes.append((1 + z) / 2)
      weights.append(1 / ((1 - z * z) * derivative * derivative))
    }
    self.nodes = nodes
    self.weights = weights
  }

  /// P_n(z) and its derivative, by the recurrence k P_k = (2 k - 1) z P_(k-1) - (k - 1) P_(k-2).
  private static func legendre(_ n: Int, at z: Double) -> (value: Double, slope: Double) {
    var (current, previous) = (1.0, 0.0)
    for k in 1...n {
      let degree = Double(k)
      (current, previous) = (((2 * degree - 1) * z * current - (degree - 1) * previous) / degree, current)
    }
    return (current, Double(n) * (z * current - previous) / (z * z - 1))
  }
}
