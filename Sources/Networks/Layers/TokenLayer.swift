import Autodiff

/// A fully connected layer over the last axis of tokens or pixels, with what follows it: y = a(g (x W^T + b)) + addend, g a factor
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
    case trainable([(filter: Parameter, bias: Parameter?)], biasFactors: Tensor?, scale: Parameter?, Activation)
    /// Its parameters were noted down, and there are none.
    case described
  }

  private let form: Form

  /// - Parameters:
  ///   - parts: at least one.
  ///   - scale: the parameter of the factors, or nil; then there is no activation.
  ///   - unbiased: outputs of the only part whose bias counts as 0, whatever its parameter says.
  init(
    _ weights: WeightReader, _ parts: [Part], inputs: Int, activation: Activation = .identity, scale: String? = nil,
    unbiased: Range<Int> = 0..<0
  ) throws(WeightError) {
    precondition(unbiased.isEmpty || parts.count == 1, "TokenLayer: outputs of one part among several have no bias")
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
      let biasFactors =
        unbiased.isEmpty ? nil : weights.tensor([outputs], (0..<outputs).map { unbiased.contains($0) ? 0 : 1 })
      form = .trainable(parameters, biasFactors: biasFactors, scale: factor, activation)
      return
    }

    if weights.describes {
      for part in parts {
        weights.describe(part.weight, .linear, [part.outputs, inputs])
        if let bias = part.bias { weights.describe(bias, .vector, [part.outputs]) }
      }
      if let scale { weights.describe(scale, .vector, [outputs]) }
      form = .described
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
    for output in unbiased { bias[output] = 0 }
    if let factors { bias = zip(bias, factors).map { Float(Double($0) * Double($1)) } }
    form = .frozen(
      FrozenConvolution(
        filter: weights.filter(matrix: matrix), bias: weights.tensor([outputs], bias), activation: activation))
  }

  /// - Parameters:
  ///   - x: [..., inputs].
  ///   - addend: [..., outputs], the shortcut; nil for 0.
  func callAsFunction(_ x: Variable, adding addend: Variable? = nil) -> Variable {
    switch form {
    case .frozen(let layer):
      return linear(x, layer, adding: addend)
    case .trainable(let parts, let biasFactors, let scale, let activation):
      guard let tape = x.tape else { preconditionFailure("TokenLayer: x is not on a tape") }
      func scaled(_ value: Variable, by factors: Variable) -> Variable {
        affine(value, scale: factors, shift: .constant(.zeros(factors.shape, in: tape.engine.pool)))
      }
      let leading = Array(x.shape.extents.dropLast())
      let image = reshaped(x, [1, 1, leading.reduce(1, *), x.shape.extents.last!])
      let results = parts.map { part in
        let bias = part.bias.map { tape.variable(of: $0) }
        return convolution(
          image, filter: tape.variable(of: part.filter),
          bias: biasFactors.flatMap { factors in bias.map { scaled($0, by: .constant(factors)) } } ?? bias)
      }
      var y = results.count == 1 ? results[0] : concatenate(results)
      if let scale { y = scaled(y, by: tape.variable(of: scale)) }
      y = activate(reshaped(y, Shape(leading + [y.shape[3]])), activation)
      return addend.map { add(y, $0) } ?? y
    case .described:
      preconditionFailure("TokenLayer: it was built without weights")
    }
  }
}
