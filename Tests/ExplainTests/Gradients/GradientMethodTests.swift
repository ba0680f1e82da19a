import Autodiff
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

@Suite struct GradientMethodTests {
  private let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)

  /// A 1 x 1 convolution of two channels under an activation, then a linear layer over all cells.
  private func pass(
    _ x: [Float], shape: Shape, filter: [Float], _ activation: Activation, weights: [Float], bias: Float = 0
  ) throws -> ForwardPass {
    let channels = shape[3]
    let filter = Tensor([1, 1, channels, filter.count / channels], filter, in: engine.pool)
    let weight = Tensor([1, weights.count], weights, in: engine.pool)
    let bias = Tensor([1], [bias], in: engine.pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { convolution($0, filter: .constant(filter), activation: activation) },
        Network.Stage("logits") { linear(flattened($0), weight: .constant(weight), bias: .constant(bias)) },
      ], targetLayer: "layer", classCount: 1)
    return try ForwardPass(
      of: Tensor(shape, x, in: engine.pool), by: ForwardPassTests.classifier(network, ForwardPassCounter()), on: engine)
  }

  /// y = 2 x_1 - 3 x_2 on the first pixel, 4 x_1 + x_2 on the second.
  private func linearPass() throws -> ForwardPass {
    try pass(
      [1, 2, -1, 0.5], shape: [1, 1, 2, 2], filter: [1, 0, 0, 1], .identity, weights: [2, -3, 4, 1], bias: 7)
  }

  @Test func reductionsOfALinearNetworksGradient() throws {
    let pass = try linearPass()
    #expect(try pass.ask(Saliency(reduction: .sum), Target(0)).map.values == [-1, 5])
    #expect(try pass.ask(Saliency(), Target(0)).map.values == [3, 4])
    let lengths = try pass.ask(Saliency(reduction: .length), Target(0)).map.values
    #expect(relativeError(of: lengths, from: [3.6055513, 4.1231056]) < 1e-6)
  }

  /// 2 - 6 and -4 + 0.5; together the logit less its bias.
  @Test func inputTimesGradientOfALinearNetwork() throws {
    let pass = try linearPass()
    let map = try pass.ask(InputTimesGradient(), Target(0)).map
    #expect(map.values == [-4, -3.5])
    #expect(map.values.reduce(7, +) == pass.logits[0])
  }

  /// A = (max(x, 0), max(-x, 0)) and weights of both signs: exact 2, 3, -5, -4; where the cotangent at the ReLU is
  /// negative (the second and the third pixel) guided backpropagation stops.
  @Test func guidedBackpropagationWorkedOutByHand() throws {
    let pass = try pass(
      [1, -2, 3, -4], shape: [1, 2, 2, 1], filter: [1, -1], .relu, weights: [2, 9, 9, -3, -5, 9, 9, 4])
    #expect(try pass.ask(Saliency(reduction: .sum), Target(0)).map.values == [2, 3, -5, -4])
    #expect(try pass.ask(GuidedBackpropagation(reduction: .sum), Target(0)).map.values == [2, 0, 0, -4])
  }

  @Test func theGuidedRuleLeavesLogitsUnchanged() throws {
    let pass = try SmallNetwork.analysis().pass
    let guided = try pass.inputGradients(of: [Target(1)], at: pass.input, rule: .guided)
    let exact = try pass.inputGradients(of: [Target(1)], at: pass.input)
    #expect(guided.logits == [pass.logits])
    #expect(exact.logits == [pass.logits])
    #expect(guided.gradients[0].elements != exact.gradients[0].elements)
  }

  /// SiLU has no rule but its derivative.
  @Test func theGuidedRuleIsNoneForSmoothNetworks() throws {
    let pass = try SmallNetwork.analysis(SmallNetwork.classifier(.silu)).pass
    #expect(try pass.ask(GuidedBackpropagation(), Target(0)).map == pass.ask(Saliency(), Target(0)).map)
  }

  @Test func guidedGradCAMIsZeroWhereGradCAMIsNotPositive() throws {
    let pass = try SmallNetwork.analysis().pass
    let coarse = try pass.map(of: 3, by: .gradCAM, at: "features").positivePart().resizedBilinear(width: 18, height: 14)
    let map = try pass.ask(GuidedGradCAM(reduction: .sum), Target(3)).map
    let gradient = try pass.ask(GuidedBackpropagation(reduction: .sum), Target(3)).map
    #expect(coarse.values.contains(0) && coarse.maximum > 0)
    for (value, parts) in zip(map.values, zip(coarse.values, gradient.values)) {
      #expect(abs(value - parts.0 * parts.1) <= 1e-5 * abs(value))
    }
  }

  /// The change of the logit along a direction, by a central difference.
  @Test func theGradientIsTheSlope() throws {
    let pass = try SmallNetwork.analysis(SmallNetwork.classifier(.silu)).pass
    let gradient = try pass.inputGradients(of: [Target(2)], at: pass.input).gradients[0].elements
    var random = SplitMix64(seed: 4)
    let direction = random.units(gradient.count)
    func logit(_ step: Float) throws -> Double {
      let x = zip(pass.input.elements, direction).map { $0 + step * $1 }
      return Double(try pass.logits(of: Tensor(pass.input.shape, x, in: pass.engine.pool))[0][2])
    }
    let slope = (try logit(0.01) - logit(-0.01)) / 0.02
    let product = dot(gradient, direction)
    #expect(abs(slope - product) < 1e-2 * abs(product), "\(slope) and \(product)")
  }
}

@Suite struct SmoothGradTests {
  @Test func withoutNoiseItIsSaliency() throws {
    let pass = try SmallNetwork.analysis().pass
    let smooth = try pass.ask(SmoothGrad(samples: 6, noise: 0), Target(1)).map
    #expect(
      relativeError(of: smooth.values, from: try pass.ask(Saliency(), Target(1)).map.values.map(Double.init)) < 1e-6)
  }

  @Test func theSeedDecides() throws {
    let pass = try SmallNetwork.analysis().pass
    let first = try pass.ask(SmoothGrad(samples: 5, seed: 1), Target(1)).map
    #expect(try pass.ask(SmoothGrad(samples: 5, seed: 1), Target(1)).map == first)
    #expect(try pass.ask(SmoothGrad(samples: 5, seed: 2), Target(1)).map != first)
  }

  /// The mean over 7 copies is 1/7 of what 1 copy gives, and so on: a copy's noise does not depend on how many there
  /// are, nor on its batch.
  @Test func aCopyIsTheSameAmongOthers() throws {
    let pass = try SmallNetwork.analysis().pass
    let size = Double(pass.input.elements.max()! - pass.input.elements.min()!)
    let x = pass.input.elements
    var sum = [Double](repeating: 0, count: x.count)
    for copy in 0..<7 as Range<UInt64> {
      let random = RandomNumbers(seed: 3, stream: copy)
      let noisy = x.indices.map { x[$0] + Float(0.2 * size * random.normal($0)) }
      let gradient = try pass.inputGradients(
        of: [Target(0)], at: Tensor(pass.input.shape, noisy, in: pass.engine.pool)
      ).gradients[0].elements
      for i in sum.indices { sum[i] += Double(gradient[i]) }
    }
    let means = sum.map { $0 / 7 }
    let expected = stride(from: 0, to: means.count, by: 3).map { Float(means[$0] + means[$0 + 1] + means[$0 + 2]) }
    let map = try pass.ask(SmoothGrad(samples: 7, noise: 0.2, seed: 3, reduction: .sum), Target(0)).map
    #expect(map.values == expected)
  }
}

@Suite struct IntegratedGradientsTests {
  private static let all: [Baseline] = [.zero, .mean, .blur(sigma: 3), .noise(seed: 5)]

  /// The contributions sum to the difference of the logits. The network is smooth: where ReLUs switch on the way, fifty
  /// steps may leave a tenth of it (docs/methods.md).
  @Test(arguments: 0..<4) func completeness(_ number: Int) throws {
    let baseline = Self.all[number]
    let pass = try SmallNetwork.analysis(SmallNetwork.classifier(.silu)).pass
    for target in [Target(0), Target(4, against: 2)] {
      let result = try pass.ask(IntegratedGradients(baseline: baseline), target)
      let start = try #require(result.number("target_at_baseline"))
      let total = result.map.values.reduce(0) { $0 + Double($1) }
      let difference = Double(target.value(of: pass.logits)) - start
      #expect(abs(total - difference) < 0.01 * abs(difference), "\(total) and \(difference)")
      #expect(abs(try #require(result.number("completeness_error"))) < 0.01 * abs(difference))
      #expect(try #require(result.number("completeness_error_share")) < 0.01)
      #expect(result.map.minimum < 0 && result.map.maximum > 0)
    }
  }

  /// The error that is told is that of the sum: with one step it is large and equal to what is missing.
  @Test func theErrorIsToldAsItIs() throws {
    let pass = try SmallNetwork.analysis(SmallNetwork.classifier(.silu)).pass
    let result = try pass.ask(IntegratedGradients(steps: 1), Target(1))
    let start = try #require(result.number("target_at_baseline"))
    let zeros = Tensor.zeros(pass.input.shape, in: pass.engine.pool)
    #expect(start == Double(try pass.logits(of: zeros)[0][1]))
    let total = result.map.values.reduce(0) { $0 + Double($1) }
    let missing = total - (Double(pass.logits[1]) - start)
    #expect(abs(try #require(result.number("completeness_error")) - missing) < 1e-4 * abs(missing))
    #expect(abs(missing) > 1e-3)
  }

  @Test(arguments: [1, 2, 5, 50]) func theRuleIsExactForPolynomials(_ count: Int) {
    let rule = GaussLegendre(count)
    #expect(rule.nodes == rule.nodes.sorted() && rule.nodes.allSatisfy { 0 < $0 && $0 < 1 })
    for degree in 0..<min(2 * count, 20) {
      let integral = zip(rule.nodes, rule.weights).reduce(0) { sum, point in
        sum + point.1 * (0..<degree).reduce(1) { power, _ in power * point.0 }
      }
      #expect(abs(integral - 1 / Double(degree + 1)) < 1e-13)
    }
    let beyond = zip(rule.nodes, rule.weights).reduce(0) { sum, point in
      sum + point.1 * (0..<2 * count).reduce(1) { power, _ in power * point.0 }
    }
    if count < 5 { #expect(abs(beyond - 1 / Double(2 * count + 1)) > 1e-6) }
  }

  @Test func baselines() {
    let pool = BufferPool(poison: true)
    let values: [Float] = [1, 10, 3, 20, 5, 30, 7, 60]
    let image = Tensor([1, 2, 2, 2], values, in: pool)
    #expect(Baseline.zero.image(for: image, in: pool).elements == [Float](repeating: 0, count: 8))
    #expect(Baseline.mean.image(for: image, in: pool).elements == [4, 30, 4, 30, 4, 30, 4, 30])
    let noise = Baseline.noise(seed: 1).image(for: image, in: pool).elements
    #expect(Set(noise).count == 8 && noise.allSatisfy { (1...60).contains($0) })
    #expect(noise != Baseline.noise(seed: 2).image(for: image, in: pool).elements)
  }

  /// A blur keeps what is the same everywhere, spreads a single pixel as a Gaussian does, and does not mix channels.
  @Test func theBlurIsAGaussian() {
    let pool = BufferPool(poison: true)
    let (height, width) = (31, 29)
    var values = [Float](repeating: 0, count: height * width * 2)
    for pixel in 0..<height * width { values[2 * pixel + 1] = 3 }
    values[2 * (15 * width + 14)] = 1
    let blurred = Baseline.blur(sigma: 2).image(for: Tensor([1, height, width, 2], values, in: pool), in: pool).elements
    #expect(stride(from: 1, to: blurred.count, by: 2).allSatisfy { abs(blurred[$0] - 3) < 1e-5 })
    func at(_ row: Int, _ column: Int) -> Double { Double(blurred[2 * (row * width + column)]) }
    #expect(abs(at(15, 14) - 1 / (2 * .pi * 4)) < 1e-3)
    // exp(-d^2 / 8), two pixels down and one to the right: d^2 = 5.
    #expect(abs(at(17, 15) / at(15, 14) - 0.5352614) < 1e-5)
    #expect(at(15, 22) == 0 && at(15, 20) > 0)
  }
}
