import Autodiff
package import Models
package import Networks

/// Two convolutions with batch normalisation and a linear layer of four classes, from weights that follow from a rule:
/// small, and built as stored models are, so that its weights can be made random.
package enum RandomisableNetwork {
  package static let weights = SyntheticWeights(shapes: [
    "conv1.weight": [8, 3, 3, 3], "bn1.weight": [8], "bn1.bias": [8], "bn1.running_mean": [8], "bn1.running_var": [8],
    "layer.0.conv.weight": [8, 8, 3, 3], "layer.0.bn.weight": [8], "layer.0.bn.bias": [8],
    "layer.0.bn.running_mean": [8], "layer.0.bn.running_var": [8], "fc.weight": [4, 8], "fc.bias": [4],
  ])

  package static func build(_ weights: WeightReader) throws(WeightError) -> Network {
    let first = try ConvolutionLayer(
      weights, "conv1.weight", normalization: NormalizationParameters("bn1", epsilon: 1e-5), kernel: 3, inputs: 3,
      outputs: 8, stride: 2, padding: .same, activation: .relu)
    let second = try ConvolutionLayer(
      weights, "layer.0.conv.weight", normalization: NormalizationParameters("layer.0.bn", epsilon: 1e-5), kernel: 3,
      inputs: 8, outputs: 8, padding: .same, activation: .relu)
    let head = try FullyConnectedLayer(weights, "fc.weight", bias: "fc.bias", inputs: 8, outputs: 4)
    try weights.requireAllUsed()
    return Network(
      stages: [
        Network.Stage("first") { first($0) }, Network.Stage("second") { second($0) },
        Network.Stage("logits") { head(globalAveragePool($0)) },
      ], targetLayer: "second", classCount: 4)
  }

  package static func randomiser(of classifier: Classifier, seed: UInt64) throws(WeightError) -> ModelRandomiser {
    try ModelRandomiser(of: classifier, weights, seed: seed, build: build)
  }
}
