import Foundation
import Testing

@testable import Autodiff

@Suite("Sigmoid") struct SigmoidTests {
  @Test("is 1 / (1 + exp(-z)), and its complement is that of the negative", arguments: [-30, -2.5, -1e-9, 0, 0.5, 20])
  func definition(z: Double) {
    #expect(abs(sigmoid(z) * (1 + exp(-z)) - 1) < 1e-14)
    #expect(abs(sigmoid(z) + sigmoid(-z) - 1) < 1e-15)
    #expect(abs(logSigmoid(z) - log(1 / (1 + exp(-z)))) < 1e-13)
  }

  @Test("neither overflows nor loses its logarithm where it is too small for a number")
  func extremes() {
    #expect(sigmoid(-1e4) == 0 && sigmoid(1e4) == 1)
    #expect(logSigmoid(-1e4) == -1e4 && logSigmoid(1e4) == 0)
  }
}
