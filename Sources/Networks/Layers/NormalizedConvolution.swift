package import Autodiff

/// The names of a batch normalisation's four vectors and its epsilon.
///
/// Ioffe and Szegedy, arXiv 1502.03167, eq. for inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
package struct BatchNormalization: Hashable, Sendable {
  package var scale: String
  package var shift: String
  package var mean: String
  package var variance: String
  package var epsilon: Double

  /// PyTorch's names under a prefix: `weight`, `bias`, `running_mean`, `running_var`.
  package init(_ prefix: String, epsilon: Double) {
    scale = prefix + ".weight"
    shift = prefix + ".bias"
    mean = prefix + ".running_mean"
    variance = prefix + ".running_var"
    self.epsilon = epsilon
  }

  /// The normalisation as factor and term for each channel: y = factor x + term, in Double.
  func folded(_ weights: WeightReader, channels: Int) throws(WeightError) -> (factor: [Double], term: [Double]) {
    let scale = try weights.values(scale, .vector, [channels])
    let shift = try weights.values(shift, .vector, [channels])
    let mean = try weights.values(mean, .vector, [channels])
    let variance = try weights.values(variance, .vector, [channels])
    let factor = (0..<channels).map { Double(scale[$0]) / (Double(variance[$0]) + epsilon).squareRoot() }
    let term = (0..<channels).map { Double(shift[$0]) - Double(mean[$0]) * factor[$0] }
    return (factor, term)
  }
}

/// Convolution, batch normalisation, activation; the normalisation is folded into filter and bias in Double when the weights are
/// read.
package struct NormalizedConvolution: Sendable {
  private let filter: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Padding
  private let activation: Activation

  /// - Parameters:
  ///   - name: the filter's parameter, [kernel, kernel, inputs, outputs].
  ///   - biasName: the convolution's own bias, as Keras' ResNet has beside its normalisation.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String? = nil, normalization: BatchNormalization,
    kernel: Int, inputs: Int, outputs: Int, stride: Int = 1, padding: Padding, activation: Activation
  ) throws(WeightError) {
    let shape: Shape = [kernel, kernel, inputs, outputs]
    var values = try weights.values(name, .convolution, shape)
    let ownBias = try biasName.map { name throws(WeightError) in try weights.values(name, .vector, [outputs]) }
    let (factor, term) = try normalization.folded(weights, channels: outputs)
    foldChannels(&values, factor)
    filter = weights.tensor(shape, values)
    bias = weights.tensor([outputs], (0..<outputs).map { Float(term[$0] + Double(ownBias?[$0] ?? 0) * factor[$0]) })
    self.stride = stride
    self.padding = padding
    self.activation = activation
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    convolution(
      x, filter: .constant(filter), bias: .constant(bias), stride: stride, padding: padding, activation: activation)
  }
}

/// Depthwise convolution, batch normalisation, activation; folded as in `NormalizedConvolution`.
package struct NormalizedDepthwiseConvolution: Sendable {
  private let filter: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Padding
  private let activation: Activation

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
