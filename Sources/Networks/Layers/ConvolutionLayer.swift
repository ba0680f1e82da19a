package import Autodiff

/// Convolution, batch normalisation if there is one, activation. The normalisation is folded into filter and bias in
/// Double when the weights are read; while they are trained it is an operation of its own.
package struct ConvolutionLayer: Sendable {
  private enum Form: Sendable {
    case frozen(FrozenConvolution)
    case grouped(FrozenGroupedConvolution)
    case trainable(TrainableConvolution)
    /// Its parameters were noted down, and there are none.
    case described
  }

  private let form: Form

  /// - Parameters:
  ///   - name: the filter's parameter, [kernel, kernelWidth, inputs / groups, outputs].
  ///   - kernelWidth: nil where it is the height.
  ///   - biasName: the convolution's own bias, which Keras' ResNet has beside its normalisation.
  ///   - side: height and width of what it sees of an image of the published size, if that is square: decides how it is
  ///     computed. nil where there is nothing to decide.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String? = nil,
    normalization: NormalizationParameters? = nil,
    kernel: Int, kernelWidth: Int? = nil, inputs: Int, outputs: Int, groups: Int = 1, stride: Int = 1,
    padding: Padding, activation: Activation, side: Int? = nil
  ) throws(WeightError) {
    let shape: Shape = [kernel, kernelWidth ?? kernel, inputs / groups, outputs]
    if let trainable = weights.trainable {
      form = .trainable(
        TrainableConvolution(
          filter: try weights.parameter(name, .convolution, shape, trainable),
          bias: try biasName.map { name throws(WeightError) in
            try weights.parameter(name, .vector, [outputs], trainable)
          },
          normalization: try normalization.map { normalization throws(WeightError) in
            try TrainableNormalization(weights, trainable, normalization, channels: outputs)
          }, groups: groups, stride: stride, padding: padding, activation: activation))
      return
    }
    if weights.describes {
      weights.describe(name, .convolution, shape)
      if let biasName { weights.describe(biasName, .vector, [outputs]) }
      _ = try normalization?.folded(weights, channels: outputs)
      form = .described
      return
    }
    var values = try weights.values(name, .convolution, shape)
    var bias = try biasName.map { name throws(WeightError) in try weights.values(name, .vector, [outputs]) }
    if let normalization {
      let (factor, term) = try normalization.folded(weights, channels: outputs)
      foldChannels(&values, factor)
      bias = (0..<outputs).map { Float(term[$0] + Double(bias?[$0] ?? 0) * factor[$0]) }
    }
    let frozenBias = bias.map { weights.tensor([outputs], $0) }
    let extent = side.map { (height: $0, width: $0) }
    form =
      groups == 1
      ? .frozen(
        FrozenConvolution(
          filter: weights.filter(shape, values, usualExtent: extent), bias: frozenBias, stride: stride,
          padding: padding, activation: activation))
      : .grouped(
        weights.groupedConvolution(
          shape, values, groups: groups, usualExtent: extent, bias: frozenBias, stride: stride, padding: padding,
          activation: activation))
  }

  /// nil while it is trained, and where its channels fall into groups.
  var frozen: FrozenConvolution? { if case .frozen(let layer) = form { layer } else { nil } }

  package func callAsFunction(_ x: Variable) -> Variable {
    switch form {
    case .frozen(let layer): convolution(x, layer)
    case .grouped(let layer): groupedConvolution(x, layer)
    case .trainable(let layer): layer(x)
    case .described: preconditionFailure("ConvolutionLayer: it was built without weights")
    }
  }

  /// a(convolution + addend): the end of a residual block.
  func callAsFunction(_ x: Variable, adding addend: Variable) -> Variable {
    switch form {
    case .frozen(let layer): convolution(x, layer, adding: addend)
    case .grouped(let layer): groupedConvolution(x, layer, adding: addend)
    case .trainable(let layer): layer(x, adding: addend)
    case .described: preconditionFailure("ConvolutionLayer: it was built without weights")
    }
  }
}

/// Several convolutions of one image, their channels side by side.
struct ConcatenatedConvolutions: Sendable {
  let layers: [ConvolutionLayer]

  func callAsFunction(_ x: Variable) -> Variable {
    let frozen = layers.compactMap { $0.frozen }
    return frozen.count == layers.count ? concatenatedConvolutions(x, frozen) : concatenate(layers.map { $0(x) })
  }
}

/// Depthwise convolution, batch normalisation if there is one, activation; folded as in `ConvolutionLayer`.
package struct DepthwiseConvolutionLayer: Sendable {
  private enum Form: Sendable {
    case frozen(filter: Tensor, bias: Tensor)
    case normalized(filter: Parameter, TrainableNormalization)
    case biased(filter: Parameter, bias: Parameter)
  }

  private let form: Form
  let stride: Int
  let padding: Padding
  let activation: Activation

  /// - Parameter name: the filter's parameter, [kernel, kernel, channels].
  package init(
    _ weights: WeightReader, _ name: String, normalization: NormalizationParameters, kernel: Int, channels: Int,
    stride: Int, padding: Padding, activation: Activation
  ) throws(WeightError) {
    self.stride = stride
    self.padding = padding
    self.activation = activation
    let shape: Shape = [kernel, kernel, channels]
    if let trainable = weights.trainable {
      form = .normalized(
        filter: try weights.parameter(name, .depthwise, shape, trainable),
        try TrainableNormalization(weights, trainable, normalization, channels: channels))
      return
    }
    var values = try weights.values(name, .depthwise, shape)
    let (factor, term) = try normalization.folded(weights, channels: channels)
    foldChannels(&values, factor)
    form = .frozen(
      filter: weights.tensor(shape, values), bias: weights.tensor([channels], term.map { Float($0) }))
  }

  /// A depthwise convolution with a bias and nothing after it.
  ///
  /// - Parameters:
  ///   - name: the filter's parameter, [kernel, kernel, channels].
  ///   - biasName: the bias's parameter, [channels].
  init(
    _ weights: WeightReader, _ name: String, bias biasName: String, kernel: Int, channels: Int, padding: Padding
  ) throws(WeightError) {
    stride = 1
    self.padding = padding
    activation = .identity
    let shape: Shape = [kernel, kernel, channels]
    if let trainable = weights.trainable {
      form = .biased(
        filter: try weights.parameter(name, .depthwise, shape, trainable),
        bias: try weights.parameter(biasName, .vector, [channels], trainable))
    } else {
      form = .frozen(
        filter: try weights.tensor(name, .depthwise, shape), bias: try weights.tensor(biasName, .vector, [channels]))
    }
  }

  /// nil while they are trained.
  var frozen: (filter: Tensor, bias: Tensor)? {
    if case .frozen(let filter, let bias) = form { (filter, bias) } else { nil }
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    switch form {
    case .frozen(let filter, let bias):
      return depthwiseConvolution(
        x, filter: .constant(filter), bias: .constant(bias), stride: stride, padding: padding, activation: activation)
    case .biased(let filter, let bias):
      guard let tape = x.tape else { preconditionFailure("DepthwiseConvolutionLayer: x is not on a tape") }
      return depthwiseConvolution(
        x, filter: tape.variable(of: filter), bias: tape.variable(of: bias), stride: stride, padding: padding,
        activation: activation)
    case .normalized(let filter, let normalization):
      guard let tape = x.tape else { preconditionFailure("DepthwiseConvolutionLayer: x is not on a tape") }
      let convolved = depthwiseConvolution(
        x, filter: tape.variable(of: filter), stride: stride, padding: padding, activation: .identity)
      return normalization(convolved, activation: activation)
    }
  }
}

/// A convolution whose filter, bias and normalisation are trained.
private struct TrainableConvolution: Sendable {
  let filter: Parameter
  let bias: Parameter?
  let normalization: TrainableNormalization?
  let groups: Int
  let stride: Int
  let padding: Padding
  let activation: Activation

  func callAsFunction(_ x: Variable, adding addend: Variable? = nil) -> Variable {
    guard let tape = x.tape else { preconditionFailure("TrainableConvolution: x is not on a tape") }
    // The activation is applied to the sum.
    let own: Activation = addend == nil ? activation : .identity
    let (filter, bias) = (tape.variable(of: filter), bias.map(tape.variable))
    let fused: Activation = normalization == nil ? own : .identity
    var y =
      groups == 1
      ? convolution(x, filter: filter, bias: bias, stride: stride, padding: padding, activation: fused)
      : groupedConvolution(
        x, filter: filter, bias: bias, groups: groups, stride: stride, padding: padding, activation: fused)
    if let normalization { y = normalization(y, activation: own) }
    return addend.map { activate(add(y, $0), activation) } ?? y
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
