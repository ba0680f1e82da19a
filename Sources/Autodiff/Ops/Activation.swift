/// A pointwise function that an operation may apply to its result before storing it.
package enum Activation: Hashable, Sendable {
  case identity
  /// max(z, 0)
  case relu
  /// min(max(z, 0), 6); Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010.
  case relu6

  /// Whether `value` lies strictly between the kinks, where the derivative is 1. Reads the function's result: z and its
  /// activation agree there, so the pre-activation need not be kept.
  fileprivate func isOpen(_ value: Float) -> Bool {
    switch self {
    case .identity: true
    case .relu: value > 0
    case .relu6: value > 0 && value < 6
    }
  }
}

/// How ReLU, and whatever is derived from it, passes cotangents back.
package enum ReLURule: Hashable, Sendable {
  /// The derivative.
  case exact
  /// Zero where the cotangent is negative too: Springenberg et al., "Striving for Simplicity", arXiv 1412.6806.
  case guided
  /// The positive part of the cotangent, whatever the activation was: Zeiler and Fergus, arXiv 1311.2901.
  case deconvolution
}

/// a(z), any shape, elementwise.
///
/// VJP: z_bar = a'(z) * y_bar, under the reverse pass's `ReLURule`. Keeps y. At the kinks (0, and 6 for `relu6`) the derivative
/// is 0, as in PyTorch.
package func activate(_ z: Variable, _ activation: Activation) -> Variable {
  if activation == .identity { return z }
  guard let tape = z.tape else { preconditionFailure("activate: z is not on a tape") }
  let y = Tensor(z.shape, in: tape.engine.pool) { y in
    z.value.withElements { activationKernel($0, activation, into: y) }
  }
  return recordActivation(of: z, value: y, activation)
}

/// Records that `y` is the activation of `z`, for operations that compute both in one pass; `z.value` is not read.
func recordActivation(of z: Variable, value y: Tensor, _ activation: Activation) -> Variable {
  guard let tape = z.tape else { preconditionFailure("recordActivation: a value outside of a tape") }
  guard activation != .identity else { return Variable(value: y, tape: tape, node: z.node) }
  var pullbacks = Pullbacks()
  pullbacks.add(for: z) { cotangent, pass in
    Tensor(y.shape, in: pass.engine.pool) { result in
      withElements(y, cotangent) { activationVJPKernel($0, $1, activation, pass.rule, into: result) }
    }
  }
  return tape.record(y, pullbacks)
}

/// y = a(z), elementwise; `y` may be `z`'s own memory.
func activationKernel(
  _ z: UnsafeBufferPointer<Float>, _ activation: Activation, into y: UnsafeMutableBufferPointer<Float>
) {
  switch activation {
  case .identity: for i in z.indices { y[i] = z[i] }
  case .relu: for i in z.indices { y[i] = max(z[i], 0) }
  case .relu6: for i in z.indices { y[i] = min(max(z[i], 0), 6) }
  }
}

/// z_bar = a'(z) * y_bar, from y = a(z).
func activationVJPKernel(
  _ y: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ activation: Activation,
  _ rule: ReLURule, into result: UnsafeMutableBufferPointer<Float>
) {
  switch rule {
  case .exact:
    for i in y.indices { result[i] = activation.isOpen(y[i]) ? cotangent[i] : 0 }
  case .guided:
    for i in y.indices { result[i] = activation.isOpen(y[i]) ? max(cotangent[i], 0) : 0 }
  case .deconvolution:
    for i in y.indices { result[i] = max(cotangent[i], 0) }
  }
}
