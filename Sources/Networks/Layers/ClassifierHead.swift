package import Autodiff

/// What makes logits of a network's features: the fully connected layer that its paper has, or what was put in its
/// place for other classes, with hidden layers and normalisations before the last layer, or without a bias.
///
/// Which it is, the names of the weights say; see `HiddenLayer`. Dropout has no weights and does nothing but in
/// training.
package struct ClassifierHead: Sendable {
  private let hidden: [@Sendable (Variable) -> Variable]
  /// The layer that gives the logits.
  private let last: FullyConnectedLayer
  /// Whether its features are the maxima over space beside the means, as fastai pools.
  private let readsMaxima: Bool

  /// - Parameters:
  ///   - name: the last layer's weight, [outputs, inputs], or [outputs, hidden units].
  ///   - biasName: the last layer's bias, [outputs]; there need not be one.
  ///   - inputs: the number of features.
  ///   - channels: of the image that the features are, flattened as channels, rows, columns, where the first layer is
  ///     to read it as rows, columns, channels.
  ///   - isPointwise: whether the store has the last layer as a 1x1 convolution, [1, 1, inputs, outputs].
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String, inputs: Int, outputs: Int,
    flattening channels: Int? = nil, isPointwise: Bool = false
  ) throws(WeightError) {
    var hidden: [@Sendable (Variable) -> Variable] = []
    let layers = HiddenLayer.all(in: weights.names)
    let firstWidth = try layers.first.map { layer throws(WeightError) in try weights.width(into: layer) } ?? inputs
    readsMaxima = firstWidth == 2 * inputs
    var width = readsMaxima ? firstWidth : inputs
    for layer in layers {
      switch layer.kind {
      case .linear:
        let units = try weights.width(outOf: layer, ofInputs: width)
        let linear = try weights.fullyConnected(
          layer.module + ".weight", bias: weights.bias(layer.module + ".bias"), inputs: width, outputs: units,
          flattening: layer == layers.first ? channels : nil)
        hidden.append { activate(linear($0), layer.activation.activation) }
        width = units
      case .normalization, .kerasNormalization:
        let epsilon = layer.kind == .normalization ? 1e-5 : 1e-3
        let normalization = try NormalizedActivation(
          weights, NormalizationParameters(layer.module, epsilon: epsilon), channels: width,
          activation: layer.activation.activation)
        hidden.append { normalization($0) }
      }
    }
    let bias = weights.bias(biasName, besides: name, isPointwise ? .convolution : .linear)
    last =
      isPointwise
      ? try FullyConnectedLayer(weights, pointwise: name, bias: bias, inputs: width, outputs: outputs)
      : try weights.fullyConnected(
        name, bias: bias, inputs: width, outputs: outputs, flattening: layers.isEmpty ? channels : nil)
    self.hidden = hidden
  }

  /// Of the last layer, [outputs]; nil where there is none.
  package var bias: Tensor? { last.bias }

  /// Whether the logits follow from the features by one fully connected layer.
  var isOneLayer: Bool { hidden.isEmpty && !readsMaxima }

  /// The features of an image [N, H, W, C]: its mean over space, [N, C]; where the head asks for them, the maxima
  /// before it, [N, 2 C].
  func features(of x: Variable) -> Variable {
    guard readsMaxima else { return globalAveragePool(x) }
    var maxima = x
    while maxima.shape[1] > 1 || maxima.shape[2] > 1 {
      maxima = maxPooling(maxima, kernel: 3, stride: 2, padding: .symmetric(1))
    }
    return concatenate([flattened(maxima), globalAveragePool(x)])
  }

  /// What the last layer reads.
  func lastInputs(_ features: Variable) -> Variable { hidden.reduce(features) { $1($0) } }

  func logits(ofLastInputs x: Variable) -> Variable { last(x) }

  package func callAsFunction(_ features: Variable) -> Variable { last(lastInputs(features)) }
}

extension WeightReader {
  /// What the last layer reads: a head with hidden layers has another number of inputs than the paper's.
  func lastLayer(of head: HeadWeight) throws(WeightError) -> HeadWeight {
    guard let last = HiddenLayer.all(in: names).last else { return head }
    return HeadWeight(head.name, head.role, inputs: try width(outOf: last, ofInputs: head.inputs))
  }

  fileprivate func fullyConnected(
    _ name: String, bias: String?, inputs: Int, outputs: Int, flattening channels: Int?
  ) throws(WeightError) -> FullyConnectedLayer {
    guard let channels else { return try FullyConnectedLayer(self, name, bias: bias, inputs: inputs, outputs: outputs) }
    return try FullyConnectedLayer(
      self, name, bias: bias, flattening: channels, pixels: inputs / channels, outputs: outputs)
  }

  /// How many numbers a whole classifier reads, whose first layer may be a hidden one.
  func width(intoClassifier head: HeadWeight) throws(WeightError) -> Int {
    if let first = HiddenLayer.all(in: names).first { return try width(into: first) }
    return try shape(of: head.name, head.role).extents.last ?? 0
  }

  /// How many numbers a hidden layer reads, by the file.
  fileprivate func width(into layer: HiddenLayer) throws(WeightError) -> Int {
    try shape(of: layer.module + ".weight", layer.kind == .linear ? .linear : .vector).extents.last ?? 0
  }

  /// How many numbers a hidden layer gives, by the file; a normalisation as many as it reads.
  fileprivate func width(outOf layer: HiddenLayer, ofInputs inputs: Int) throws(WeightError) -> Int {
    try shape(of: layer.module + ".weight", layer.kind == .linear ? .linear : .vector).extents.first ?? inputs
  }

  /// The name of a bias, unless the weights have the layer and not its bias.
  fileprivate func bias(_ name: String, besides weight: String? = nil, _ role: ParameterRole = .linear) -> String? {
    let hasLayer = weight.map { has($0, role) } ?? true
    return hasLayer && !has(name, .vector) ? nil : name
  }
}
