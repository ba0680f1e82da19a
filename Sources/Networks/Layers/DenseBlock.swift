import Autodiff

/// Layers each of which sees the results of all layers before it.
///
/// Huang et al., "Densely Connected Convolutional Networks", arXiv 1608.06993, equation 2.
struct DenseBlock: Sendable {
  /// H of equation 2: normalisation, ReLU, 1x1 convolution, normalisation, ReLU, 3x3 convolution.
  struct Layer: Sendable {
    let normalized: NormalizedActivation
    let reduce: ConvolutionLayer
    let extend: ConvolutionLayer

    fileprivate var frozen: FrozenDenseLayer? {
      guard let (scale, shift) = normalized.frozen, let reduce = reduce.frozen, let extend = extend.frozen else {
        return nil
      }
      return FrozenDenseLayer(scale: scale, shift: shift, activation: .relu, reduce: reduce, extend: extend)
    }
  }

  private let layers: [Layer]
  /// The block as one operation; nil while its layers are trained.
  private let frozen: [FrozenDenseLayer]?

  init(_ layers: [Layer]) {
    self.layers = layers
    let frozen = layers.compactMap { $0.frozen }
    self.frozen = frozen.count == layers.count ? frozen : nil
  }

  func callAsFunction(_ x: Variable) -> Variable {
    if let frozen { return denseBlock(x, frozen) }
    return layers.reduce(x) { x, layer in concatenate([x, layer.extend(layer.reduce(layer.normalized(x)))]) }
  }
}
