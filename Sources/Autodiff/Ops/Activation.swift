import CKernels

/// A pointwise function that an operation may apply to its result before storing it.
package enum Activation: Hashable, Sendable {
  case identity
  /// max(z, 0)
  case relu
  /// min(max(z, 0), 6); Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010.
  case relu6
  /// min(max(z + 3, 0), 6) / 6; Howard et al., "Searching for MobileNetV3", arXiv 1905.02244, section 5.2.
  case hardSigmoid
  /// z min(max(z + 3, 0), 6) / 6; ibid.
  case hardSwish
  /// 1 / (1 + e^-z)
  case sigmoid
  /// z / (1 + e^-z); Elfwing et al., arXiv 1702.03118; "swish" of Ramachandran et al., arXiv 1710.05941.
  case silu
  /// z Phi(z), Phi the normal distribution's; Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv 1606.08415.
  case gelu
  /// z sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3)): the same paper's approximation by a hyperbolic tangent.
  case geluTanh
  /// z sigmoid(1.702 z): its rougher one, which CLIP is trained with.
  case quickGELU

  /// Whether the derivative can be told from the function's result, so that the pre-activation need not be kept. SiLU
  /// and hard swish are not monotone, nor are the GELUs: one result may come from two arguments.
  private var derivativeReadsResult: Bool {
    switch self {
    case .identity, .relu, .relu6, .hardSigmoid, .sigmoid: true
    case .hardSwish, .silu, .gelu, .geluTanh, .quickGELU: false
    }
  }

  /// What an operation may apply to its result as it stores it: this, unless its derivative will be asked for and needs
  /// the pre-activation; then nothing, and `complete` applies the rest.
  func fusable(isTracked: Bool) -> Activation { derivativeReadsResult || !isTracked ? self : .identity }
}

/// How ReLU, and whatever is clipped like it, passes cotangents back. Smooth activations follow their derivative
/// under every rule.
package enum ReLURule: Hashable, Sendable {
  /// The derivative.
  case exact
  /// The derivative where the cotangent is positive, else 0: Springenberg et al., "Striving for Simplicity", arXiv
  /// 1412.6806.
  case guided
}

/// a(z), any shape, elementwise.
///
/// VJP: z_bar = a'(z) * y_bar, ReLUs under the reverse pass's `ReLURule`. With s = sigmoid(z): sigmoid' = s (1 - s);
/// silu' = s (1 + z (1 - s)); gelu' = Phi(z) + z e^(-z^2 / 2) / sqrt(2 pi). Keeps y; z for `silu`, `hardSwish` and the
/// GELUs. At the kinks (0, and 6 for `relu6`) the derivative is 0, as in PyTorch; `hardSigmoid` has 1/6 between -3 and
/// 3 and 0 elsewhere, `hardSwish` z / 3 + 1/2 between them, 0 up to -3 and 1 from 3 on.
package func activate(_ z: Variable, _ activation: Activation) -> Variable {
  if activation == .identity { return z }
  guard let tape = z.tape else { preconditionFailure("activate: z is not on a tape") }
  let y = Tensor(z.shape, in: tape.engine.pool) { y in
    z.value.withElements { z in
      forEachRun(of: z.count, shortest: 1 << 14, on: tape.engine) { run in
        Kernels.channelwise.pointee.activate(
          z.baseAddress! + run.lowerBound, activation.forKernels, run.count, y.baseAddress! + run.lowerBound)
      }
    }
  }
  return record(activation, of: z, value: y)
}

/// The activated result of an operation that has already applied `fused`, which is either `activation` or nothing.
func complete(_ activation: Activation, fused: Activation, in result: Variable) -> Variable {
  fused == activation ? record(activation, of: result, value: result.value) : activate(result, activation)
}

/// Records that `y` is the activation of `z`. If the derivative reads y, `z.value` is not read: it may be y
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
            Kernels.channelwise.pointee.activate_vjp(
              kept.baseAddress! + run.lowerBound, cotangent.baseAddress! + run.lowerBound, activation.forKernels,
              pass.rule.forKernels, run.count, result.baseAddress! + run.lowerBound)
          }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}
