import Autodiff
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

@Suite struct GradCAMTests {
  private let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)

  /// One convolution worked out by hand. x = 0 ... 15 on 4 x 4 cells; A = (x, -2 x); the logit is 3 mean(A_1) + 0.5
  /// mean(A_2) + 10. So alpha = (3, 0.5) / 16, the map is (3 x - x) / 16 = x / 8, and the logit 22.5 - 7.5 + 10 = 25.
  @Test func aConvolutionWorkedOutByHand() throws {
    let pool = engine.pool
    let filter = Tensor([1, 1, 1, 2], [1, -2], in: pool)
    let weight = Tensor([1, 2], [3, 0.5], in: pool)
    let bias = Tensor([1], [10], in: pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { convolution($0, filter: .constant(filter)) },
        Network.Stage("logits") {
          linear(globalAveragePool($0), weight: .constant(weight), bias: .constant(bias))
        },
      ], targetLayer: "layer", classCount: 1)
    let input = Tensor([1, 4, 4, 1], (0..<16).map(Float.init), in: pool)
    let pass = try ForwardPass(
      of: input, by: ForwardPassTests.classifier(network, ForwardPassCounter()), on: engine)
    #expect(pass.logits == [25])
    let map = try pass.map(of: 0, by: .gradCAM, at: "layer")
    #expect(map.width == 4 && map.height == 4)
    #expect(map.values == (0..<16).map { Float($0) / 8 })
    #expect(map.values.reduce(10, +) == pass.logits[0])
  }

  /// Weights of both signs, cells that are not square, several classes: the sum of a class's map and its bias is its
  /// logit.
  @Test(arguments: 0..<5) func theSumOfTheMapAndTheBiasIsTheLogit(classIndex: Int) throws {
    var random = SplitMix64(seed: 5)
    let pool = engine.pool
    let filter = Tensor([3, 3, 3, 17], random.units(3 * 3 * 3 * 17), in: pool)
    let weight = Tensor([5, 17], random.units(5 * 17), in: pool)
    let biases = random.units(5)
    let bias = Tensor([5], biases, in: pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { convolution($0, filter: .constant(filter), padding: .same, activation: .relu6) },
        Network.Stage("logits") {
          linear(globalAveragePool($0), weight: .constant(weight), bias: .constant(bias))
        },
      ], targetLayer: "layer", classCount: 5)
    let input = Tensor([1, 7, 9, 3], random.units(7 * 9 * 3), in: pool)
    let pass = try ForwardPass(
      of: input, by: ForwardPassTests.classifier(network, ForwardPassCounter()), on: engine)
    let map = try pass.map(of: classIndex, by: .gradCAM, at: "layer")
    let sum = map.values.reduce(Double(biases[classIndex])) { $0 + Double($1) }
    #expect(abs(sum - Double(pass.logits[classIndex])) < 1e-5, "\(sum) and \(pass.logits[classIndex])")
    #expect(map.width == 9 && map.height == 7)
  }
}
