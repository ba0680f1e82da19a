package import Autodiff

/// Convolution, batch normalisation if there is one, activation. The normalisation is folded into filter and bias in Double when the
/// weights are read.
package struct Convolution: Sendable {
  let frozen: FrozenConvolution

  /// - Parameters:
  ///   - name: the filter's parameter, [kernel, kernel, inputs, outputs].
  ///   - biasName: the convolution's own bias, which Keras' ResNet has beside its normalisation.
  ///   - side: height and width of what it sees of an image of the published size, if that is square: decides how it is
  ///     computed. nil where there is nothing to decide.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String? = nil, normalization: BatchNormalization? = nil,
    kernel: Int, inputs: Int, outputs: Int, stride: Int = 1, padding: Padding, activation: Activation,
    side: Int? = nil
  ) throws(WeightError) {
    let shape: Shape = [kernel, kernel, inputs, outputs]
    var values = try weights.values(name, .convolution, shape)
    var bias = try biasName.map { name throws(WeightError) in try weights.values(name, .vector, [outputs]) }
    if let normalization {
      let (factor, term) = try normalization.folded(weights, channels: outputs)
      foldChannels(&values, factor)
      bias = (0..<outputs).map { Float(term[$0] + Double(bias?[$0] ?? 0) * factor[$0]) }
    }
    frozen = FrozenConvolution(
      filter: weights.filter(shape, values, usualExtent: side.map { ($0, $0) }),
      bias: bias.map { weights.tensor([outputs], $0) }, stride: stride, padding: padding, activation: activation)
  }

  package func callAsFunction(_ x: Variable) -> Variable { convolution(x, frozen) }

  /// a(convolution + addend): the end of a residual block.
  func callAsFunction(_ x: Variable, adding addend: Variable) -> Variable { convolution(x, frozen, adding: addend) }
}

/// Depthwise convolution, batch normalisation, activation; folded as in `Convolution`.
package struct DepthwiseConvolution: Sendable {
  let filter: Tensor
  let bias: Tensor
  let stride: Int
  let padding: Padding
  let activation: Activation

  /// - Parameter name: the filter's parameter, [kernel, kernel, channels].
  package init(
    _ weights: WeightReader, _ name: String, normalization: BatchNormalization, kernel: Int, channels: Int,
    stride: Int, padding: Padding, activation: Activation
  ) throws(WeightError) {
    let shape: Shape = [kernel, kernel, channels]
    var values = try weights.values(name, .depthwise, shape)
    let (factor, term) = try normalization.folded(weights, channels: channels)
    foldChannels(&values, factor)
    filter = weights.tensor(shape, values)
    bias = weights.tensor([channels], term.map { Float($0) })
    self.stride = stride
    self.padding = padding
    self.activation = activation
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    depthwiseConvolution(
      x, filter: .constant(filter), bias: .constant(bias), stride: stride, padding: padding, activation: activation)
  }
}

/// Multiplies a filter whose last axis is the output channel by a factor for each channel.
private func foldChannels(_ filter: inout [Float], _ factor: [Double]) {
  let channels = factor.count
  filter.withUnsafeMutableBufferPointer { filter in
    for row in stride(from: 0, to: filter.count, by: channels) {
      for channel in 0..<channels { filter[row + channel] = Float(Double(filter[row + channel]) * factor[channel]) }
    }
  }
}
