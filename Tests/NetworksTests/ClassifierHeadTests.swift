import Autodiff
import Testing

@testable import Networks

/// Heads of several layers, worked out by hand.
struct ClassifierHeadTests {
  private static let names: [String: (ParameterRole, Shape, [Float])] = [
    "hidden.0.linear_relu.weight": (.linear, [2, 3], [1, 0, -1, 0, 2, 0]),
    "hidden.0.linear_relu.bias": (.vector, [2], [0, -1]),
    "hidden.1.norm.weight": (.vector, [2], [2, 3]), "hidden.1.norm.bias": (.vector, [2], [1, 0]),
    "hidden.1.norm.running_mean": (.vector, [2], [1, 2]),
    // With the epsilon of 1e-5: exactly 4 and 1.
    "hidden.1.norm.running_var": (.vector, [2], [4 - 1e-5, 1 - 1e-5]),
    "fc.weight": (.linear, [1, 2], [1, 10]),
  ]

  private struct Source: WeightSource {
    let parameters: [String: (ParameterRole, Shape, [Float])]
    var names: [String] { parameters.keys.sorted() }
    func shape(of name: String, _ role: ParameterRole) -> Shape? { parameters[name]?.1 }
    func values(of name: String, _ role: ParameterRole) -> [Float] { parameters[name]!.2 }
  }

  @Test("hidden layers are told by the names of their parameters and computed in order")
  func literal() throws {
    let weights = WeightReader(Source(parameters: Self.names))
    #expect(try weights.classCount(HeadWeight("fc.weight", .linear, inputs: 3)) == 1)
    let head = try ClassifierHead(weights, "fc.weight", bias: "fc.bias", inputs: 3, outputs: 1)
    try weights.requireAllUsed()
    #expect(!head.isOneLayer)
    #expect(head.bias == nil)
    let engine = Engine(pool: BufferPool(), threadCount: 1)
    let x = Tape(engine: engine).constant(Tensor([1, 3], [3, 2, 1], in: engine.pool))
    // Linear: 2, 3; ReLU leaves them; normalised: 2 (2 - 1) / 2 + 1 = 2 and 3 (3 - 2) / 1 = 3; 2 + 30.
    #expect(abs(head(x).value.elements[0] - 32) < 1e-4)
  }

  @Test("the names of hidden layers say all that there is to say of them, and no other name is one's")
  func names() {
    let layer = HiddenLayer(index: 3, kind: .kerasNormalization, activation: .relu)
    #expect(layer.module == "hidden.3.keras-norm_relu")
    #expect(HiddenLayer(parameter: layer.module + ".bias") == layer)
    for name in [
      "hidden.0.weight", "hidden.x.linear.weight", "hidden.0.conv.weight", "hidden.0.linear_tanh.weight",
      "other.0.linear.weight", "hidden.-1.linear.weight",
    ] { #expect(HiddenLayer(parameter: name) == nil) }
  }

  @Test("features may be the maxima beside the means")
  func maxima() throws {
    let parameters: [String: (ParameterRole, Shape, [Float])] = [
      "hidden.0.norm.weight": (.vector, [2], [1, 1]), "hidden.0.norm.bias": (.vector, [2], [0, 0]),
      "hidden.0.norm.running_mean": (.vector, [2], [0, 0]),
      "hidden.0.norm.running_var": (.vector, [2], [1 - 1e-5, 1 - 1e-5]),
      "fc.weight": (.linear, [2, 2], [1, 0, 0, 1]), "fc.bias": (.vector, [2], [0, 0]),
    ]
    let head = try ClassifierHead(
      WeightReader(Source(parameters: parameters)), "fc.weight", bias: "fc.bias", inputs: 1, outputs: 2)
    let engine = Engine(pool: BufferPool(), threadCount: 1)
    let x = Tape(engine: engine).constant(Tensor([1, 3, 1, 1], [1, 7, 4], in: engine.pool))
    let logits = head(head.features(of: x)).value.elements
    #expect(abs(logits[0] - 7) < 1e-5 && abs(logits[1] - 4) < 1e-5)
  }
}
