package import Autodiff

/// A fully connected layer: y = x W^T + b.
package struct FullyConnectedLayer: Sendable {
  private enum Form: Sendable {
    case frozen(weight: Tensor)
    case trainable(weight: Parameter, bias: Parameter?)
  }

  private let form: Form
  /// [outputs]; of a layer that is trained, as it was when the network was built; nil where there is none.
  let bias: Tensor?

  /// - Parameters:
  ///   - name: the weight's parameter, [outputs, inputs].
  ///   - biasName: the bias's parameter, [outputs]; nil for a layer without one.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String?, inputs: Int, outputs: Int
  ) throws(WeightError) {
    try self.init(weights, name, bias: biasName, inputs: inputs, outputs: outputs, stored: .rows)
  }

  /// A 1x1 convolution of a single pixel is a fully connected layer: the filter's parameter is [1, 1, inputs, outputs].
  package init(
    _ weights: WeightReader, pointwise name: String, bias biasName: String?, inputs: Int, outputs: Int
  ) throws(WeightError) {
    try self.init(weights, name, bias: biasName, inputs: inputs, outputs: outputs, stored: .pointwise)
  }

  /// A layer whose parameter lies as [inputs, outputs].
  init(_ weights: WeightReader, columns name: String, inputs: Int, outputs: Int) throws(WeightError) {
    try self.init(weights, name, bias: nil, inputs: inputs, outputs: outputs, stored: .columns)
  }

  /// A layer after an image that the checkpoint flattens as channels, rows, columns, and Gaze as rows, columns,
  /// channels: each output's weights are put in that order once.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String?, flattening channels: Int, pixels: Int, outputs: Int
  ) throws(WeightError) {
    try self.init(
      weights, name, bias: biasName, inputs: channels * pixels, outputs: outputs,
      stored: .planar(channels: channels, pixels: pixels))
  }

  private init(
    _ weights: WeightReader, _ name: String, bias biasName: String?, inputs: Int, outputs: Int, stored: StoredMatrix
  ) throws(WeightError) {
    let shape: Shape = [outputs, inputs]
    if let trainable = weights.trainable {
      let weight = try weights.parameter(name, stored, shape, trainable)
      let bias = try biasName.map { name throws(WeightError) in
        try weights.parameter(name, .vector, [outputs], trainable)
      }
      form = .trainable(weight: weight, bias: bias)
      self.bias = bias?.value
      return
    }
    form = .frozen(weight: try weights.matrix(name, stored, shape))
    bias = try biasName.map { name throws(WeightError) in try weights.tensor(name, .vector, [outputs]) }
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    switch form {
    case .frozen(let weight):
      return linear(x, weight: .constant(weight), bias: bias.map { .constant($0) })
    case .trainable(let weight, let bias):
      guard let tape = x.tape else { preconditionFailure("FullyConnectedLayer: x is not on a tape") }
      return linear(x, weight: tape.variable(of: weight), bias: bias.map { tape.variable(of: $0) })
    }
  }
}

/// How the store lays out a matrix that `linear` wants as [outputs, inputs].
package enum StoredMatrix: Hashable, Sendable {
  /// As `linear` wants it.
  case rows
  /// As the filter of a 1x1 convolution, [1, 1, inputs, outputs].
  case pointwise
  /// [inputs, outputs].
  case columns
  /// As `linear` wants it, where the layer has it as the filter of a 1x1 convolution, [1, 1, inputs, outputs].
  case transposed
  /// [outputs, inputs], the inputs as channels, rows, columns instead of rows, columns, channels.
  case planar(channels: Int, pixels: Int)

  var role: ParameterRole { self == .pointwise ? .convolution : .linear }

  /// - Parameter shape: the layer's.
  func storedShape(of shape: Shape) -> Shape {
    switch self {
    case .rows, .planar: shape
    case .pointwise: [1, 1, shape[1], shape[0]]
    case .columns: [shape[1], shape[0]]
    case .transposed: [shape[3], shape[2]]
    }
  }

  /// From the store's elements to the layer's.
  func rows(_ stored: [Float], _ shape: Shape) -> [Float] {
    permuted(stored, shape) { values, place, storedPlace in values[place] = stored[storedPlace] }
  }

  /// From the layer's elements to the store's.
  func stored(_ rows: [Float], _ shape: Shape) -> [Float] {
    permuted(rows, shape) { values, place, storedPlace in values[storedPlace] = rows[place] }
  }

  /// - Parameter move: told each place of [outputs, inputs] and the one in the store.
  private func permuted(
    _ source: [Float], _ shape: Shape, _ move: (UnsafeMutableBufferPointer<Float>, Int, Int) -> Void
  ) -> [Float] {
    let (outputs, inputs) = self == .transposed ? (shape[3], shape[2]) : (shape[0], shape[1])
    if self == .rows { return source }
    return [Float](unsafeUninitializedCapacity: outputs * inputs) { values, count in
      let values = UnsafeMutableBufferPointer(rebasing: values[..<(outputs * inputs)])
      for output in 0..<outputs {
        switch self {
        case .rows: break
        case .transposed:
          for input in 0..<inputs { move(values, input * outputs + output, output * inputs + input) }
        case .pointwise, .columns:
          for input in 0..<inputs { move(values, output * inputs + input, input * outputs + output) }
        case .planar(let channels, let pixels):
          for pixel in 0..<pixels {
            for channel in 0..<channels {
              move(
                values, output * inputs + pixel * channels + channel, output * inputs + channel * pixels + pixel)
            }
          }
        }
      }
      count = outputs * inputs
    }
  }
}

extension WeightReader {
  /// A matrix [outputs, inputs] that lives with the model.
  fileprivate func matrix(
    _ name: String, _ stored: StoredMatrix, _ shape: Shape
  ) throws(WeightError) -> Tensor {
    if describes {
      // Of no shape that could be multiplied with.
      describe(name, stored.role, stored.storedShape(of: shape))
      return tensor([1, 1], [0])
    }
    // Straight from the file's mapping where nothing is to be moved.
    if stored == .rows { return try tensor(name, .linear, shape) }
    return tensor(shape, stored.rows(try values(name, stored.role, stored.storedShape(of: shape)), shape))
  }
}
