package import Autodiff

/// A fully connected layer: y = x W^T + b.
package struct Dense: Sendable {
  private let weight: Tensor
  let bias: Tensor

  /// - Parameters:
  ///   - name: the weight's parameter, [outputs, inputs].
  ///   - biasName: the bias's parameter, [outputs].
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String, inputs: Int, outputs: Int
  ) throws(WeightError) {
    weight = try weights.tensor(name, .linear, [outputs, inputs])
    bias = try weights.tensor(biasName, .vector, [outputs])
  }

  /// A 1x1 convolution of a single pixel is a fully connected layer: the filter's parameter is [1, 1, inputs, outputs].
  package init(
    _ weights: WeightReader, pointwise name: String, bias biasName: String, inputs: Int, outputs: Int
  ) throws(WeightError) {
    let filter = try weights.values(name, .convolution, [1, 1, inputs, outputs])
    var values: [Float] = []
    values.reserveCapacity(filter.count)
    for output in 0..<outputs {
      for input in 0..<inputs { values.append(filter[input * outputs + output]) }
    }
    weight = weights.tensor([outputs, inputs], values)
    bias = try weights.tensor(biasName, .vector, [outputs])
  }

  /// A layer behind an image that the checkpoint flattens as channels, rows, columns, and Gaze as rows, columns, channels: each
  /// output's weights are put in that order once.
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String, flattening channels: Int, pixels: Int, outputs: Int
  ) throws(WeightError) {
    let inputs = channels * pixels
    var values = try weights.values(name, .linear, [outputs, inputs])
    values.withUnsafeMutableBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs) { planar in
        for output in 0..<outputs {
          let row = UnsafeMutableBufferPointer(rebasing: values[output * inputs..<(output + 1) * inputs])
          _ = planar.update(fromContentsOf: row)
          for pixel in 0..<pixels {
            for channel in 0..<channels { row[pixel * channels + channel] = planar[channel * pixels + pixel] }
          }
        }
      }
    }
    weight = weights.tensor([outputs, inputs], values)
    bias = try weights.tensor(biasName, .vector, [outputs])
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    linear(x, weight: .constant(weight), bias: .constant(bias))
  }
}

extension WeightReader {
  /// The number of classes, which the shape of the last layer's weight says: [classes, inputs], or [1, 1, inputs, classes] where it
  /// is a convolution.
  func classCount(_ name: String, _ role: ParameterRole = .linear, inputs: Int) throws(WeightError) -> Int {
    let found = try shape(of: name, role)
    let isConvolution = role == .convolution
    let classes = (isConvolution ? found.extents.last : found.extents.first) ?? 0
    let expected: Shape = isConvolution ? [1, 1, inputs, max(classes, 1)] : [max(classes, 1), inputs]
    guard found == expected else { throw .wrongShape(name, expected: expected, found: found) }
    return classes
  }
}
