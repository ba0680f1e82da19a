import Autodiff

/// SmoothGrad: the mean of the gradients at n noisy copies of the input, G = 1/n sum over m of dy/dx (x + sigma e_m),
/// then reduced over channels; e_m is standard normal, sigma a share of max x - min x.
///
/// The gradient of the target averaged over a neighbourhood: what is left of saliency when its jumps from pixel to
/// pixel cancel. The copies do not look like photographs, so what it says is about a blurred network.
///
/// Source: Smilkov et al., "SmoothGrad: removing noise by adding noise", arXiv 1706.03825, section 2.2; it finds sigma
/// of 10 % to 20 % and n of 50 useful.
///
/// Property: with sigma 0 it is saliency. The noise at a place depends on the seed, the copy and the place alone.
package struct SmoothGrad: AttributionMethod {
  package let samples: Int
  /// sigma / (max x - min x).
  package let noise: Double
  package let seed: UInt64
  package let reduction: ChannelReduction

  /// Where nothing is set.
  package static let defaults = SmoothGrad(samples: 50, noise: 0.15, seed: 0, reduction: .maximumMagnitude)

  package init(
    samples: Int = defaults.samples, noise: Double = defaults.noise, seed: UInt64 = defaults.seed,
    reduction: ChannelReduction = defaults.reduction
  ) {
    precondition(samples >= 1 && noise >= 0, "SmoothGrad: \(samples) samples, noise \(noise)")
    self.samples = samples
    self.noise = noise
    self.seed = seed
    self.reduction = reduction
  }

  package var name: String { "smoothgrad" }
  package var resolution: Resolution { .input }
  package var parameters: [MethodParameter] {
    [
      MethodParameter("samples", .integer(samples)), MethodParameter("noise", .number(noise)),
      MethodParameter("seed", .integer(Int(seed))),
      reduction.parameter,
    ]
  }

  package func cost(of question: QuestionShape) -> Cost {
    Cost(forward: samples, reverse: samples * question.targets)
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let x = question.pass.input.elements
    let sigma = noise * Double(x.max()! - x.min()!)
    var sums = question.targets.map { _ in [Double](repeating: 0, count: x.count) }
    func results(of count: Int) throws(AttributionError) -> [MethodResult] {
      var results: [MethodResult] = []
      for sum in sums {
        let map = try question.inputMap(of: sum.map { $0 / Double(count) }, reduction)
        results.append(MethodResult(map: map, notes: [MethodParameter("sigma", .number(sigma))]))
      }
      return results
    }
    try question.eachGradient(
      samples, of: samples, progress, partial: { count throws(AttributionError) in try results(of: count) },
      input: { sample, input in
        let random = RandomNumbers(seed: seed, stream: UInt64(sample))
        for i in x.indices { input[i] = x[i] + Float(sigma * random.normal(i)) }
      },
      body: { _, target, gradient in
        for i in gradient.indices { sums[target][i] += Double(gradient[i]) }
      })
    return try results(of: samples)
  }
}
