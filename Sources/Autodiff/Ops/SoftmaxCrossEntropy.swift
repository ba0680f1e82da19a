import Glibc

/// loss = mean over n of -sum over k of t[n, k] log p[n, k], p = softmax(z): the cross-entropy of targets t and the
/// network's probabilities, with log p = z - log sum exp z, computed in Double from differences to the row's maximum.
///
/// - logits z: [N, K]; targets t: [N, K], probabilities: one-hot, smoothed (Szegedy et al., arXiv 1512.00567, section
///   7) or mixed; result: [1].
/// - VJP: z_bar[n, k] = loss_bar (p[n, k] sum over k of t[n, k] - t[n, k]) / N.
/// - Keeps z and t if z is tracked.
package func softmaxCrossEntropy(_ logits: Variable, targets: Tensor) -> Variable {
  precondition(
    logits.shape.rank == 2 && logits.shape.count > 0,
    "softmaxCrossEntropy: the logits must be [N, K], got \(logits.shape)")
  precondition(
    targets.shape == logits.shape,
    "softmaxCrossEntropy: targets \(targets.shape) and logits \(logits.shape) differ in shape")
  guard let tape = logits.tape else { preconditionFailure("softmaxCrossEntropy: the logits are not on a tape") }
  let (z, shape) = (logits.value, logits.shape)
  let (rows, classes) = (shape[0], shape[1])

  let loss = Tensor([1], in: tape.engine.pool) { loss in
    withElements(z, targets) { z, targets in
      var sum = 0.0
      for row in 0..<rows {
        let place = row * classes..<(row + 1) * classes
        let scale = SoftmaxScale(of: UnsafeBufferPointer(rebasing: z[place]))
        for k in place where targets[k] != 0 { sum -= Double(targets[k]) * scale.logProbability(of: z[k]) }
      }
      loss[0] = Float(sum / Double(rows))
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: logits) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      let factor = Double(cotangent.withElements { $0[0] }) / Double(rows)
      withElements(z, targets) { z, targets in
        for row in 0..<rows {
          let place = row * classes..<(row + 1) * classes
          let scale = SoftmaxScale(of: UnsafeBufferPointer(rebasing: z[place]))
          let mass = targets[place].reduce(0) { $0 + Double($1) }
          for k in place {
            result[k] = Float(factor * (mass * exp(scale.logProbability(of: z[k])) - Double(targets[k])))
          }
        }
      }
    }
  }
  return tape.record(loss, pullbacks)
}
