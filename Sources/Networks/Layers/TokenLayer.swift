import Autodiff

/// A fully connected layer over the last axis of tokens, with what follows it: y = a(g (x W^T + b)) + addend, g a factor
/// for each output.
///
/// The factor is layer scale (Touvron et al., "Going deeper with Image Transformers", arXiv 2103.17239, equation 5); it
/// is folded into W and b when the weights are read, and an operation of its own while they are trained.
struct TokenLayer: Sendable {
  /// A weight, [outputs, inputs], and its bias: several stand below each other, as queries, keys and values do.
  struct Part: Sendable {
    let weight: String
    let bias: String?
    let outputs: Int

    init(_ weight: String, bias: String?, outputs: Int) {
      self.weight = weight
      self.bias = bias
      self.outputs = outputs
    }

    /// PyTorch's names of a module.
    init(_ module: String, outputs: Int) {
      self.init(module + ".weight", bias: module + ".bias", outputs: outputs)
    }
  }

  private enum Form: Sendable {
    case frozen(FrozenConvolution)
    case trainable([(filter: Parameter, bias: Parameter?)], scale: Parameter?, Activation)
  }

  private let form: Form

  /// - Parameters:
  ///   - parts: at least one.
  ///   - scale: the parameter of the factors, or nil; then there is no activation.
  init(
    _ weights: WeightReader, _ parts: [Part], inputs: Int, activation: Activation = .identity, scale: String? = nil
  ) throws(WeightError) {
    precondition(scale == nil || activation == .identity, "TokenLayer: layer scale stands behind the sum alone")
    let outputs = parts.reduce(0) { $0 + $1.outputs }
    if let trainable = weights.trainable {
      var parameters: [(filter: Parameter, bias: Parameter?)] = []
      for part in parts {
        let filter = try weights.parameter(part.weight, .transposed, [1, 1, inputs, part.outputs], trainable)
        let bias = try part.bias.map { name throws(WeightError) in
          try weights.parameter(name, .vector, [part.outputs], trainable)
        }
        parameters.append((filter, bias))
      }
      let factor = try scale.map { name throws(WeightError) in
        try weights.parameter(name, .vector, [outputs], trainable)
      }
      form = .trainable(parameters, scale: factor, activation)
      return
    }

    let factors = try scale.map { name throws(WeightError) in try weights.values(name, .vector, [outputs]) }
    let matrix: Tensor
    if parts.count == 1, factors == nil {
      matrix = try weights.tensor(parts[0].weight, .linear, [outputs, inputs])
    } else {
      var values: [Float] = []
      values.reserveCapacity(outputs * inputs)
      for part in parts { values += try weights.values(part.weight, .linear, [part.outputs, inputs]) }
      if let factors {
        for place in values.indices { values[place] = Float(Double(values[place]) * Double(factors[place / inputs])) }
      }
      matrix = weights.tensor([outputs, inputs], values)
    }
    var bias: [Float] = []
    for part in parts {
      bias +=
        try part.bias.map { name throws(WeightError) in try weights.values(name, .vector, [part.outputs]) }
        ?? [Float](repeating: 0, count: part.outputs)
    }
    if let factors { bias = zip(bias, factors).map { Float(Double($0) * Double($1)) } }
    form = .frozen(
      FrozenConvolution(
        filter: weights.filter(matrix: matrix), bias: weights.tensor([outputs], bias), activation: activation))
  }

  /// - Parameters:
  ///   - x: [N, T, inputs].
  ///   - addend: [N, T, outputs], the shortcut; nil for 0.
  func callAsFunction(_ x: Variable, adding addend: Variable? = nil) -> Variable {
    switch form {
    case .frozen(let layer):
      return linear(x, layer, adding: addend)
    case .trainable(let parts, let scale, let activation):
      guard let tape = x.tape else { preconditionFailure("TokenLayer: x is not on a tape") }
      let image = reshaped(x, [x.shape[0], 1, x.shape[1], x.shape[2]])
      let results = parts.map {
        convolution(image, filter: tape.variable(of: $0.filter), bias: $0.bias.map(tape.variable))
      }
      var y = results.count == 1 ? results[0] : concatenate(results)
      if let scale {
        let zeros = Tensor.zeros(scale.value.shape, in: tape.engine.pool)
        y = affine(y, scale: tape.variable(of: scale), shift: .constant(zeros))
      }
      y = activate(reshaped(y, [x.shape[0], x.shape[1], y.shape[3]]), activation)
      return addend.map { add(y, $0) } ?? y
    }
  }
}
