import Testing
import WeightFiles

@testable import Models
@testable import Networks

/// Heads as people write them.
@Suite
struct HeadReadingTests {
  private static let head = HeadWeight("fc.weight", .linear, inputs: 8)

  private static func read(
    _ shapes: [(String, [Int])], _ choice: String? = nil, _ layout: WeightLayout = .pyTorch,
    keras: KerasConfiguration? = nil
  ) throws(HeadFault) -> HeadReading? {
    try HeadReading(
      shapes.map { TensorEntry(name: $0.0, shape: $0.1, type: .float32) }, of: head, layout, naming: FileNaming(),
      keras: keras, choice: choice.flatMap { HeadActivationChoice($0) })
  }

  private static func norm(_ module: String, _ count: Int) -> [(String, [Int])] {
    ["weight", "bias", "running_mean", "running_var"].map { ("\(module).\($0)", [count]) }
  }

  @Test("one layer under a name of its own, with and without a bias, also as a convolution")
  func one() throws {
    let plain = try #require(try Self.read([("head.1.weight", [5, 8]), ("head.1.bias", [5])]))
    #expect(plain.parameters == ["head.1.weight": "fc.weight", "head.1.bias": "fc.bias"])
    #expect(try Self.read([("classifier.weight", [5, 8])])?.parameters == ["classifier.weight": "fc.weight"])
    #expect(try Self.read([("last.weight", [5, 8, 1, 1])])?.parameters == ["last.weight": "fc.weight"])
  }

  @Test("two layers need their activation said; the middle one is hidden")
  func two() throws {
    let shapes = [
      ("classifier.1.weight", [4, 8]), ("classifier.1.bias", [4]), ("classifier.4.weight", [5, 4]),
      ("classifier.4.bias", [5]),
    ]
    #expect(throws: HeadFault.activationUnknown("classifier.1", "classifier.4")) { try Self.read(shapes) }
    let reading = try #require(try Self.read(shapes, "relu"))
    #expect(reading.description == "linear 8 to 4, relu, linear 4 to 5")
    #expect(
      reading.parameters == [
        "classifier.1.weight": "hidden.0.linear_relu.weight", "classifier.1.bias": "hidden.0.linear_relu.bias",
        "classifier.4.weight": "fc.weight", "classifier.4.bias": "fc.bias",
      ])
    // The order of a file is not that of the layers.
    #expect(try Self.read(shapes.reversed(), "relu")?.parameters == reading.parameters)
    // No number is left for an activation between 1 and 2.
    let adjacent = [("fc.1.weight", [4, 8]), ("fc.2.weight", [5, 4])]
    #expect(try Self.read(adjacent)?.description == "linear 8 to 4, linear 4 to 5")
  }

  @Test("with a batch normalisation, the numbers say where the activation stands, or the user does")
  func normalization() throws {
    let after = [("fc.0.weight", [4, 8])] + Self.norm("fc.1", 4) + [("fc.3.weight", [5, 4])]
    #expect(try Self.read(after, "relu")?.description == "linear 8 to 4, batch normalization 4, relu, linear 4 to 5")
    let before = [("fc.0.weight", [4, 8])] + Self.norm("fc.2", 4) + [("fc.3.weight", [5, 4])]
    #expect(try Self.read(before, "relu")?.description == "linear 8 to 4, relu, batch normalization 4, linear 4 to 5")
    let both = [("fc.0.weight", [4, 8])] + Self.norm("fc.2", 4) + [("fc.4.weight", [5, 4])]
    #expect(throws: HeadFault.placeUnknown(.relu, "fc.0", "fc.4")) { try Self.read(both, "relu") }
    #expect(
      try Self.read(both, "relu-after-norm")?.description
        == "linear 8 to 4, batch normalization 4, relu, linear 4 to 5")
    #expect(
      try Self.read(both, "relu-before-norm")?.description
        == "linear 8 to 4, relu, batch normalization 4, linear 4 to 5")
  }

  @Test(
    "what is no chain from the features to the logits is no head",
    arguments: [
      [("a.weight", [5, 7])], [("a.weight", [4, 8]), ("b.weight", [5, 6])],
      [("a.weight", [5, 8]), ("b.weight", [5, 8])],
      [("a.weight", [5, 8]), ("a.weight_g", [5])], [("a.weight", [5, 8, 3, 3])],
      [("a.weight", [5, 8]), ("a.bias", [4])],
      [("a.weight", [0, 8])], [("weight", [5, 8])],
      [("a.weight", [5, 8]), ("norm.weight", [8]), ("norm.bias", [8])],
    ])
  func none(_ shapes: [(String, [Int])]) throws { #expect(try Self.read(shapes, "relu") == nil) }

  @Test("a Keras configuration says the activation")
  func keras() throws {
    func dense(_ name: String, _ activation: String) -> KerasConfiguration.Layer {
      .init(className: "Dense", name: name, path: [], numbers: [:], texts: ["activation": activation])
    }
    let shapes = [("d/kernel", [8, 4]), ("d/bias", [4]), ("e/kernel", [4, 5]), ("e/bias", [5])]
    func read(_ activation: String) throws(HeadFault) -> HeadReading? {
      try Self.read(
        shapes, nil, .keras,
        keras: KerasConfiguration(name: "", layers: [dense("d", activation), dense("e", "softmax")]))
    }
    #expect(try read("relu")?.parameters["d/kernel"] == "hidden.0.linear_relu.weight")
    #expect(try read("linear")?.parameters["d/kernel"] == "hidden.0.linear.weight")
    #expect(throws: HeadFault.activationUnsupported("softplus", "d")) { try read("softplus") }
  }
}
