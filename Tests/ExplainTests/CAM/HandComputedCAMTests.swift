import Autodiff
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

/// One convolution and one linear layer over all cells, worked out by hand.
///
/// x = 1, 2, 3, 6 on 2 x 2 cells, A = (x, -2 x), and the linear layer's weights are the gradient G = (1, 0.5), (-1, 0),
/// (2, -1), (0, 0.5).
@Suite struct HandComputedCAMTests {
  private let pass: ForwardPass

  init() throws {
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    let filter = Tensor([1, 1, 1, 2], [1, -2], in: engine.pool)
    let weight = Tensor([1, 8], [1, 0.5, -1, 0, 2, -1, 0, 0.5], in: engine.pool)
    let bias = Tensor([1], [0.25], in: engine.pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { convolution($0, filter: .constant(filter)) },
        Network.Stage("logits") { linear(flattened($0), weight: .constant(weight), bias: .constant(bias)) },
      ], targetLayer: "layer", classCount: 1)
    pass = try ForwardPass(
      of: Tensor([1, 2, 2, 1], [1, 2, 3, 6], in: engine.pool),
      by: ForwardPassTests.classifier(network, ForwardPassCounter()), on: engine)
  }

  private func expect(_ rule: CAMRule, gives expected: [Double], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let map = try pass.map(of: 0, by: rule, at: "layer")
    #expect(map.width == 2 && map.height == 2)
    #expect(relativeError(of: map.values, from: expected) < 1e-6, "\(map.values)", sourceLocation: sourceLocation)
  }

  @Test func theLogit() { #expect(pass.logits == [4.25]) }

  /// alpha = (0.5, 0).
  @Test func gradCAM() throws { try expect(.gradCAM, gives: [0.5, 1, 1.5, 3]) }

  @Test func hiResCAM() throws { try expect(.hiResCAM, gives: [0, -2, 12, -6]) }

  @Test func layerCAM() throws { try expect(.layerCAM, gives: [0, 0, 6, -6]) }

  /// S = (12, -24), sums of G A = (5, -1), so w = (5/12, 1/24).
  @Test func xGradCAM() throws { try expect(.xGradCAM, gives: [1, 2, 3, 6].map { $0 / 3 }) }

  /// First channel: 1 / (2 + 12) + 8 / (8 + 12 * 8); second: twice 0.125 / (0.5 - 24 * 0.125).
  @Test func gradCAMPlusPlus() throws {
    let weights = (1.0 / 14 + 8.0 / 104, 2 * 0.125 / (0.5 - 3))
    try expect(.gradCAMPlusPlus, gives: [1, 2, 3, 6].map { $0 * (weights.0 - 2 * weights.1) })
  }

  /// A is of rank one: its direction is (1, -2) / sqrt 5, so the projection is sqrt 5 times x less its mean of 3.
  @Test func eigenCAM() throws {
    try expect(.eigenCAM, gives: [-2, -1, 0, 3].map { $0 * 5.0.squareRoot() })
    let result = try pass.ask(ClassActivationMap(.eigenCAM), Target(0))
    #expect(result.notes.contains(MethodParameter("class_independent", .flag(true))))
    #expect(try #require(result.number("eigen_ratio")) < 1e-7)
  }

  /// G A less its means: (-0.25, -0.75), (-3.25, 0.25), (4.75, 6.25), (-1.25, -5.75); the direction at the angle t with
  /// tan 2t = 2 b / (a - c) of the 2 x 2 matrix of products (a, b; b, c).
  @Test func eigenGradCAM() throws {
    let centred = [(-0.25, -0.75), (-3.25, 0.25), (4.75, 6.25), (-1.25, -5.75)]
    let a = centred.reduce(0) { $0 + $1.0 * $1.0 }
    let b = centred.reduce(0) { $0 + $1.0 * $1.1 }
    let c = centred.reduce(0) { $0 + $1.1 * $1.1 }
    let mean = (a + c) / 2
    let radius = ((a - c) * (a - c) / 4 + b * b).squareRoot()
    // (b, lambda - a) is an eigenvector of lambda.
    let direction = (b, mean + radius - a)
    let length = (direction.0 * direction.0 + direction.1 * direction.1).squareRoot()
    try expect(.eigenGradCAM, gives: centred.map { ($0.0 * direction.0 + $0.1 * direction.1) / length })
    let ratio = try #require(try pass.ask(ClassActivationMap(.eigenGradCAM), Target(0)).number("eigen_ratio"))
    #expect(abs(ratio - ((mean - radius) / (mean + radius)).squareRoot()) < 1e-6)
  }
}
