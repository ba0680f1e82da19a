import Autodiff
import Glibc
import TestSupport
import Testing

@testable import Explain

@Suite struct ScoreCAMTests {
  private func map(_ model: TinyModel, _ target: Target, _ method: ScoreCAM = ScoreCAM()) throws -> MethodResult {
    try method.attribute(Question(pass: model.pass(), target: target), .none)
  }

  /// A = (x, -x); masks x / 15 and 1 - x / 15 (cells are pixels, so nothing is stretched). The mean of x^2 / 15 is 31 /
  /// 6 and that of x - x^2 / 15 is 7 / 3; the scores 0.3 A_1 - 0.1 A_2 of the masked images are 0.4 times these, plus a
  /// bias that cancels.
  @Test func workedOutByHand() throws {
    let model = TinyModel.multiples([1, -1], weights: [[0.3, -0.1]], biases: [100])
    let (first, second) = (exp(0.4 * 31 / 6), exp(0.4 * 7 / 3))
    let weight = (first - second) / (first + second)
    let result = try map(model, Target(0))
    let comparison = Comparison(result.map.values, expected: (0..<16).map { Float(weight) * Float($0) })
    #expect(comparison.relativeL2 < 2e-5, "\(comparison)")
  }

  /// Flat channels see nothing, and channels that differ by a factor share a mask: three masks of five channels.
  @Test func equalMasksAreRunOnce() throws {
    let model = TinyModel.multiples([1, 2, 0, -1, 0], weights: [[0.3, 0, 0, 0, 0]], biases: [0])
    let result = try map(model, Target(0))
    #expect(note("channels", of: result) == .integer(5))
    #expect(note("evaluations", of: result) == .integer(3))
    let (most, least): (Double, Double) = (exp(0.3 * 31 / 6), exp(0.3 * 7 / 3))
    let weight = (3 * most - least) / (2 * most + least + 2)
    let comparison = Comparison(result.map.values, expected: (0..<16).map { Float(weight) * Float($0) })
    #expect(comparison.relativeL2 < 2e-5, "\(comparison)")
  }

  /// pytorch-grad-cam 1.5.7 (`Tests/Golden/make_perturbation_goldens.py`).
  @Test func alignedCornersArePytorchGradCAMs() throws {
    let result = try map(.convolutional(), Target(1), ScoreCAM(upsampling: .corners))
    #expect(result.map.width == 5 && result.map.height == 4)
    let comparison = Comparison(result.map.values, expected: Self.reference)
    #expect(comparison.relativeL2 < 1e-5, "\(comparison)")
    let halfPixel = try map(.convolutional(), Target(1))
    #expect(Comparison(halfPixel.map.values, expected: Self.reference).relativeL2 > 1e-5)
  }

  @Test func aContrastsScoreIsTheDifference() throws {
    let model = TinyModel.multiples([1, -1], weights: [[0.5, 0], [0.2, 0.1]], biases: [0, 3])
    let difference = TinyModel.multiples([1, -1], weights: [[0.3, -0.1]], biases: [0])
    let contrast = try map(model, Target(0, against: 1)).map
    let comparison = Comparison(contrast.values, expected: try map(difference, Target(0)).map.values)
    #expect(comparison.relativeL2 < 2e-5, "\(comparison)")
  }

  private static let reference: [Float] = [
    0.5705305, 0.8172859, 0.0653324, 0.1715057, 0.1283531, 1.121068, 0, 0.4600996, 0.9812546, 0.7759448, 1.331274,
    1.998014, 2.032692, 0.8097224, 0.5073973, 0.3588463, 0.4489836, 1.351493, 0.4023725, 0.4649223,
  ]
}
