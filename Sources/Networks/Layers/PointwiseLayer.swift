import Autodiff

/// A fully connected layer of each pixel's channels, [N, H, W, C] to [N, H, W, O]: a 1x1 convolution whose weight is
/// stored as that of a fully connected layer, [outputs, inputs].
struct PointwiseLayer: Sendable {
  private enum Form: Sendable {
    case frozen(FrozenConvolution)
    case trainable(filter: Parameter, bias: Parameter?, keptBias: Tensor?, scale: Parameter?, Activation)
  }

  private let form: Form

  /// - Parameters:
  ///   - name: the weight's parameter, [outputs, inputs].
  ///   - biasName: the bias's parameter, [outputs].
  ///   - scaleName: a parameter that the result's channels are multiplied by, [outputs]: the layer scale of Touvron et
  ///     al., arXiv 2103.17239, equation 4. It is folded into weight and bias in Double when they are read.
  ///   - unbiased: the outputs whose bias counts as 0, whatever its parameter says.
  init(
    _ weights: WeightReader, _ name: String, bias biasName: String?, unbiased: Range<Int>? = nil,
    scale scaleName: String? = nil, inputs: Int, outputs: Int, activation: Activation = .identity
  ) throws(WeightError) {
    precondition(scaleName == nil || activation == .identity, "PointwiseLayer: \(name) has a scale and an activation")
    let shape: Shape = [1, 1, inputs, outputs]
    if let trainable = weights.trainable {
      func vector(_ name: String?) throws(WeightError) -> Parameter? {
        guard let name else { return nil }
        return try weights.parameter(name, .vector, [outputs], trainable)
      }
      form = .trainable(
        filter: try weights.parameter(name, StoredMatrix.transposed, shape, trainable), bias: try vector(biasName),
        keptBias: unbiased.map { range in
          weights.tensor([outputs], (0..<outputs).map { range.contains($0) ? 0 : 1 })
        }, scale: try vector(scaleName), activation)
      return
    }
    func vector(_ name: String?) throws(WeightError) -> [Float]? {
      guard let name else { return nil }
      return try weights.values(name, .vector, [outputs])
    }
    let stored = try weights.values(name, .linear, StoredMatrix.transposed.storedShape(of: shape))
    var (filter, bias) = (StoredMatrix.transposed.rows(stored, shape), try vector(biasName))
    if let unbiased { for output in unbiased { bias?[output] = 0 } }
    if let scale = try vector(scaleName)?.map({ Double($0) }) {
      foldChannels(&filter, scale)
      bias = bias.map { bias in bias.indices.map { Float(Double(bias[$0]) * scale[$0]) } }
    }
    form = .frozen(
      FrozenConvolution(
        filter: weights.filter(shape, filter, usualExtent: nil), bias: bias.map { weights.tensor([outputs], $0) },
        activation: activation))
  }

  /// - Parameter addend: added to the result, of its shape: the end of a residual block.
  func callAsFunction(_ x: Variable, adding addend: Variable? = nil) -> Variable {
    switch form {
    case .frozen(let layer): return convolution(x, layer, adding: addend)
    case .trainable(let filter, let bias, let keptBias, let scale, let activation):
      guard let tape = x.tape else { preconditionFailure("PointwiseLayer: x is not on a tape") }
      func scaled(_ value: Variable, by factors: Variable) -> Variable {
        affine(value, scale: factors, shift: tape.constant(.zeros(factors.shape, in: tape.engine.pool)))
      }
      var offset = bias.map { tape.variable(of: $0) }
      if let keptBias { offset = offset.map { scaled($0, by: tape.constant(keptBias)) } }
      var y = convolution(x, filter: tape.variable(of: filter), bias: offset, activation: activation)
      if let scale { y = scaled(y, by: tape.variable(of: scale)) }
      return addend.map { add(y, $0) } ?? y
    }
  }
}
