import Autodiff

/// A block of a transformer that normalises first: x + attention(norm(x)), then the same with a perceptron of one
/// hidden layer; Dosovitskiy et al., arXiv 2010.11929, equations 2 and 3.
struct TransformerBlock: Sendable {
  /// A checkpoint's names of a block's modules.
  struct Names: Sendable {
    /// The block itself.
    let block: String
    let firstNorm: String
    /// The attention as a whole.
    let attention: String
    /// Weight and bias of queries, keys and values: one matrix, or one for each.
    let queriesKeysValues: [(weight: String, bias: String)]
    let projection: String
    let secondNorm: String
    let hidden: String
    let output: String
    /// The parameters of layer scale after the attention and after the perceptron, if there are any.
    let scales: (String, String)?
  }

  private let names: Names
  private let heads: Int
  private let scale: Double
  private let firstNorm, secondNorm: LayerNormalizationLayer
  private let queriesKeysValues, projection, hidden, output: TokenLayer

  init(
    _ weights: WeightReader, _ names: Names, width: Int, hiddenWidth: Int, heads: Int, activation: Activation,
    epsilon: Double
  ) throws(WeightError) {
    self.names = names
    self.heads = heads
    scale = 1 / Double(width / heads).squareRoot()
    firstNorm = try LayerNormalizationLayer(weights, names.firstNorm, channels: width, epsilon: epsilon)
    let parts = names.queriesKeysValues
    queriesKeysValues = try TokenLayer(
      weights, parts.map { .init($0.weight, bias: $0.bias, outputs: 3 * width / parts.count) }, inputs: width)
    projection = try TokenLayer(
      weights, [.init(names.projection, outputs: width)], inputs: width, scale: names.scales?.0)
    secondNorm = try LayerNormalizationLayer(weights, names.secondNorm, channels: width, epsilon: epsilon)
    hidden = try TokenLayer(
      weights, [.init(names.hidden, outputs: hiddenWidth)], inputs: width, activation: activation)
    output = try TokenLayer(
      weights, [.init(names.output, outputs: width)], inputs: hiddenWidth, scale: names.scales?.1)
  }

  var selfAttention: SelfAttention {
    SelfAttention(name: names.attention, stage: names.block, heads: heads, scale: scale)
  }

  func stage(isKept: Bool) -> Network.Stage {
    Network.Stage(names.block, isKept: isKept, innerLayers: [names.firstNorm, names.secondNorm]) { self($0, $1) }
  }

  private func callAsFunction(_ x: Variable, _ probe: Network.Probe) -> Variable {
    let places = selfAttention
    let qkv = probe(places.queriesKeysValues, queriesKeysValues(probe(names.firstNorm, firstNorm(x))))
    let attended = probe(places.result, attention(qkv, heads: heads, scale: scale))
    let sum = projection(attended, adding: x)
    return output(hidden(probe(names.secondNorm, secondNorm(sum))), adding: sum)
  }
}
