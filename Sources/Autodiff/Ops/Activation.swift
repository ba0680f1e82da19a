/// A pointwise function that an operation may apply to its result before storing it.
package enum Activation: Hashable, Sendable {
  case identity
  /// max(z, 0)
  case relu
  /// min(max(z, 0), 6); Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010.
  case relu6
  /// 1 / (1 + e^-z)
  case sigmoid
  /// z / (1 + e^-z); Elfwing et al., arXiv 1702.03118; "swish" of Ramachandran et al., arXiv 1710.05941.
  case silu

  /// Whether the derivative can be told from the function's result, so that the pre-activation need not be kept. SiLU
  /// is not monotone: one result may come from two arguments.
  private var derivativeReadsResult: Bool { self != .silu }

  /// What an operation may apply to its result in passing: this, unless its derivative will be asked for and needs the
  /// pre-activation; then nothing, and `complete` applies the rest.
  func fusable(isTracked: Bool) -> Activation { derivativeReadsResult || !isTracked ? self : .identity }
}

/// How ReLU, and whatever is clipped like it, passes cotangents back. Smooth activations follow their derivative
/// under every rule.
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
/// VJP: z_bar = a'(z) * y_bar, ReLUs under the reverse pass's `ReLURule`. With s = sigmoid(z): sigmoid' = s (1 - s);
/// silu' = s (1 + z (1 - s)). Keeps y, for `silu` z. At the kinks (0, and 6 for `relu6`) the derivative is 0, as in
/// PyTorch.
package func activate(_ z: Variable, _ activation: Activation) -> Variable {
  if activation == .identity { return z }
  guard let tape = z.tape else { preconditionFailure("activate: z is not on a tape") }
  let y = Tensor(z.shape, in: tape.engine.pool) { y in
    z.value.withElements { z in
      forEachRun(of: z.count, shortest: 1 << 14, on: tape.engine) { run in
        activationKernel(
          UnsafeBufferPointer(rebasing: z[run]), activation, into: UnsafeMutableBufferPointer(rebasing: y[run]))
      }
    }
  }
  return record(activation, of: z, value: y)
}

/// The activated result of an operation that has already applied `fused`, which is either `activation` or nothing.
func complete(_ activation: Activation, fused: Activation, in result: Variable) -> Variable {
  fused == activation ? record(activation, of: result, value: result.value) : activate(result, activation)
}

/// Records that `y` is the activation of `z`. If the derivative reads y, `z.value` is not looked at: it may be y
/// itself.
private func record(_ activation: Activation, of z: Variable, value y: Tensor) -> Variable {
  guard let tape = z.tape else { preconditionFailure("activate: z is not on a tape") }
  if activation == .identity { return z }
  var pullbacks = Pullbacks()
  if z.isTracked {
    let kept = activation.fusable(isTracked: true) == activation ? y : z.value
    pullbacks.add(for: z) { cotangent, pass in
      Tensor(kept.shape, in: pass.engine.pool) { result in
        withElements(kept, cotangent) { kept, cotangent in
          forEachRun(of: kept.count, shortest: 1 << 14, on: pass.engine) { run in
            activationVJPKernel(
              UnsafeBufferPointer(rebasing: kept[run]), UnsafeBufferPointer(rebasing: cotangent[run]), activation,
              pass.rule, into: UnsafeMutableBufferPointer(rebasing: result[run]))
          }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// y = a(z), elementwise, in memory of its own.
private func activationKernel(
  _ z: UnsafeBufferPointer<Float>, _ activation: Activation, into y: UnsafeMutableBufferPointer<Float>
) {
  activation.withFunction { function in
    for i in z.indices { y[i] = function(z[i]) }
  }
}

/// z becomes a(z). Not the kernel above with one memory for both: a SIMD loop over two arrays gives way to a scalar
/// one where they overlap.
func activationKernel(inPlace z: UnsafeMutableBufferPointer<Float>, _ activation: Activation) {
  activation.withFunction { function in
    for i in z.indices { z[i] = function(z[i]) }
  }
}

extension Activation {
  /// Lends the function to `body`, which is compiled once for each.
  @inline(__always)
  fileprivate func withFunction(_ body: ((Float) -> Float) -> Void) {
    switch self {
    case .identity: body { $0 }
    case .relu: body { max($0, 0) }
    case .relu6: body { min(max($0, 0), 6) }
    case .sigmoid: body { Autodiff.sigmoid($0) }
    case .silu: body { $0 * Autodiff.sigmoid($0) }
    }
  }
}

/// z_bar = a'(z) * y_bar.
///
/// - Parameter kept: z for `silu`, else y.
private func activationVJPKernel(
  _ kept: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ activation: Activation,
  _ rule: ReLURule, into result: UnsafeMutableBufferPointer<Float>
) {
  switch activation {
  case .identity:
    for i in kept.indices { result[i] = cotangent[i] }
  case .relu:
    rectifierVJPKernel(kept, cotangent, rule, into: result) { $0 > 0 }
  case .relu6:
    rectifierVJPKernel(kept, cotangent, rule, into: result) { $0 > 0 && $0 < 6 }
  case .sigmoid:
    for i in kept.indices { result[i] = cotangent[i] * (kept[i] * (1 - kept[i])) }
  case .silu:
    for i in kept.indices {
      let s = sigmoid(kept[i])
      result[i] = cotangent[i] * (s * (1 + kept[i] * (1 - s)))
    }
  }
}

/// - Parameter isOpen: whether a result lies strictly between the kinks, where the derivative is 1. There the result
///   is the argument, so it does not matter which of the two is asked.
@inline(__always)
private func rectifierVJPKernel(
  _ y: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ rule: ReLURule,
  into result: UnsafeMutableBufferPointer<Float>, isOpen: (Float) -> Bool
) {
  switch rule {
  case .exact:
    for i in y.indices {
      let passed = cotangent[i]
      result[i] = isOpen(y[i]) ? passed : 0
    }
  case .guided:
    for i in y.indices {
      let passed = max(cotangent[i], 0)
      result[i] = isOpen(y[i]) ? passed : 0
    }
  case .deconvolution:
    for i in y.indices { result[i] = max(cotangent[i], 0) }
  }
}
