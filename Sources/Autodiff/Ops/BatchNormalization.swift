/// y[..., c] = a((x[..., c] - m[c]) / sqrt(v[c] + epsilon) scale[c] + shift[c]), with m and v the mean and the biased variance of
/// channel c over the batch and all its pixels; Ioffe and Szegedy, arXiv 1502.03167, algorithm 1.
///
/// - x: [N, H, W, C] or [N, C], at least one element a channel; scale and shift: [C]; result: the shape of x, and m and v, [C] each,
///   from which the caller keeps running statistics.
/// - VJP, through the statistics, with z the argument of a, h = (x - m) / sqrt(v + epsilon), z_bar = a'(z) y_bar and means over all
///   axes but the last: x_bar = scale / sqrt(v + epsilon) (z_bar - mean(z_bar) - h mean(z_bar h)); scale_bar = sum of z_bar h;
///   shift_bar = sum of z_bar. m and v that are returned are numbers, not differentiated.
/// - Keeps x, m, v and two numbers a channel if anything is tracked; the argument of a is computed again. Kinks as in `activate`.
package func batchNormalization(
  _ x: Variable, scale: Variable, shift: Variable, epsilon: Double, activation: Activation = .identity
) -> (result: Variable, mean: Tensor, variance: Tensor) {
  precondition(
    x.shape.rank >= 2 && x.shape.count > 0, "batchNormalization: x \(x.shape) has no channels or no elements")
  let channels = x.shape[x.shape.rank - 1]
  precondition(
    scale.shape == [channels] && shift.shape == [channels],
    "batchNormalization: scale \(scale.shape) and shift \(shift.shape) must be [\(channels)]")
  guard let tape = x.tape ?? scale.tape ?? shift.tape else {
    preconditionFailure("batchNormalization: neither x nor scale nor shift is on a tape")
  }
  let (engine, shape) = (tape.engine, x.shape)

  let statistics = x.value.withElements { BatchStatistics(of: $0, channels: channels, on: engine) }
  let normalization = BatchNormalization(
    statistics, scale: scale.value, shift: shift.value, epsilon: epsilon, activation: activation, in: engine.pool)
  let y = Tensor(shape, in: engine.pool) { y in
    x.value.withElements { normalization.apply(to: $0, on: engine, into: y) }
  }

  var pullbacks = Pullbacks()
  let (x0, tracked) = (x.value, (x: x.isTracked, scale: scale.isTracked, shift: shift.isTracked))
  pullbacks.addJoint(for: [x, scale, shift]) { cotangent, pass in
    withElements(x0, cotangent) { x, cotangent in
      let sums = normalization.sums(x, cotangent, pass)
      var cotangents: [Tensor] = []
      if tracked.x {
        cotangents.append(
          Tensor(shape, in: pass.engine.pool) { normalization.inputVJP(x, cotangent, sums, pass, into: $0) })
      }
      if tracked.scale { cotangents.append(normalization.scaleVJP(sums, in: pass.engine.pool)) }
      if tracked.shift {
        cotangents.append(Tensor([channels], sums.cotangents.map { Float($0) }, in: pass.engine.pool))
      }
      return cotangents
    }
  }
  return (
    tape.record(y, pullbacks), Tensor([channels], statistics.means.map { Float($0) }, in: engine.pool),
    Tensor([channels], statistics.variances.map { Float($0) }, in: engine.pool)
  )
}
