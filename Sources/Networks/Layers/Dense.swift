package import Autodiff

/// A fully connected layer: y = x W^T + b.
package struct Dense: Sendable {
  private let weight: Tensor
  private let bias: Tensor

  /// - Parameters:
  ///   - name: the weight's parameter, [outputs, inputs].
  ///   - biasName: the bias's parameter, [outputs].
  package init(
    _ weights: WeightReader, _ name: String, bias biasName: String, inputs: Int, outputs: Int
  ) throws(WeightError) {
    weight = try weights.tensor(name, .linear, [outputs, inputs])
    bias = try weights.tensor(biasName, .vector, [outputs])
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    linear(x, weight: .constant(weight), bias: .constant(bias))
  }
}
