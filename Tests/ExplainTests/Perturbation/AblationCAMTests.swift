import Autodiff
import TestSupport
import Testing

@testable import Explain

@Suite struct AblationCAMTests {
  private func map(_ model: TinyModel, _ target: Target) throws -> MethodResult {
    try AblationCAM().attribute(Question(pass: model.pass(), target: target), .none)
  }

  /// Behind the layer only a mean and a linear layer follow: y - y_k = v_k mean(A_k), and a channel of zeros is not
  /// run.
  @Test(arguments: [Target(0), Target(1), Target(0, against: 1)])
  func theClosedFormOfAMeanAndALinearLayer(target: Target) throws {
    let factors: [Float] = [1, -2, 0, 0.5]
    let weights: [[Float]] = [[0.3, -0.1, 5, 2], [-0.7, 0.2, 1, -3]]
    let biases: [Float] = [0.25, 1]
    let result = try map(.multiples(factors, weights: weights, biases: biases), target)
    #expect(note("evaluations", of: result) == .integer(3))

    let falls = factors.indices.map { channel -> Float in
      let against = target.against.map { weights[$0][channel] } ?? 0
      return (weights[target.classIndex][channel] - against) * 7.5 * factors[channel]
    }
    let logit = falls.reduce(biases[target.classIndex] - (target.against.map { biases[$0] } ?? 0), +)
    let slope = zip(falls, factors).reduce(0) { $0 + $1.0 * $1.1 } / abs(logit)
    let comparison = Comparison(result.map.values, expected: (0..<16).map { slope * Float($0) })
    #expect(comparison.relativeL2 < 1e-5, "\(comparison)")
  }

  /// pytorch-grad-cam 1.5.7 (`Tests/Golden/make_perturbation_goldens.py`), which divides by the logit itself: it is
  /// negative here.
  @Test func pytorchGradCAMsUpToTheLogitsSign() throws {
    let model = TinyModel.convolutional()
    #expect(try model.pass().logits[1] < 0)
    let result = try map(model, Target(1))
    let comparison = Comparison(result.map.values, expected: Self.reference.map { -$0 })
    #expect(comparison.relativeL2 < 2e-5, "\(comparison)")
  }

  @Test func aLogitOfZeroIsNotDividedBy() throws {
    let result = try map(.multiples([1, 1], weights: [[2, -2]], biases: [0]), Target(0))
    #expect(note("divisor", of: result) == .number(1))
    #expect(result.map.values.allSatisfy { abs($0) < 1e-4 })
  }

  private static let reference: [Float] = [
    2.489061, 1.637781, 0.0380667, -0.2992851, 0.4725154, -1.259857, 0, 2.702845, 2.287821, -0.9932533, 0.7625955,
    2.417641, -1.865106, -1.086544, 1.141862, 0.8322378, 2.602477, 4.86574, 0.5544517, 1.594182,
  ]
}
