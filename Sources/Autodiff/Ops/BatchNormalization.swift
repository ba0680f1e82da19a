/// y[..., c] = a((x[..., c] - m[c]) / sqrt(v[c] + epsilon) scale[c] + shift[c]), with m and v the mean and the biased
/// variance of channel c over the batch and all its pixels; Ioffe and Szegedy, arXiv 1502.03167, algorithm 1.
///
/// - x: [N, H, W, C] or [N, C], at least one element a channel; scale and shift: [C]; result: the shape of x, and m and
///   v, [C] each, from which the caller keeps running statistics.
/// - VJP, through the statistics, with z the argument of a, h = (x - m) / sqrt(v + epsilon), z_bar = a'(z) y_bar and
///   means over all axes but the last: x_bar = scale / sqrt(v + epsilon) (z_bar - mean(z_bar) - h mean(z_bar h));
///   scale_bar = sum of z_bar h; shift_bar = sum of z_bar. m and v that are returned are numbers, not differentiated.
/// - Keeps x, m, v and two numbers a channel if anything is tracked; the argument of a is computed again. Kinks as in
///   `activate`.
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
  let engine = tape.engine

  let statistics = x.value.withElements { BatchStatistics(of: $0, channels: channels, on: engine) }
  let normalization = BatchNormalization(
    statistics, scale: scale.value, shift: shift.value, epsilon: epsilon, activation: activation, in: engine.pool)
  let result = record(normalization, ofBatch: true, x, scale, shift, on: tape)
  return (
    result, Tensor([channels], statistics.means.map { Float($0) }, in: engine.pool),
    Tensor([channels], statistics.variances.map { Float($0) }, in: engine.pool)
  )
}

/// The same by a mean and a variance that are given, such as the running ones: y[..., c] = a((x[..., c] - m[c]) /
/// sqrt(v[c] + epsilon) scale[c] + shift[c]).
///
/// - x: any shape whose last axis is C, at least one element; m, v, scale and shift: [C]; result: the shape of x.
/// - VJP, with z the argument of a and h = (x - m) / sqrt(v + epsilon): z_bar = a'(z) y_bar; x_bar = scale / sqrt(v +
///   epsilon) z_bar; scale_bar = sum of z_bar h and shift_bar = sum of z_bar over all axes but the last.
/// - Keeps what the other keeps.
package func batchNormalization(
  _ x: Variable, mean: Tensor, variance: Tensor, scale: Variable, shift: Variable, epsilon: Double,
  activation: Activation = .identity
) -> Variable {
  precondition(
    x.shape.rank >= 1 && x.shape.count > 0, "batchNormalization: x \(x.shape) has no channels or no elements")
  let vector: Shape = [x.shape[x.shape.rank - 1]]
  precondition(
    mean.shape == vector && variance.shape == vector && scale.shape == vector && shift.shape == vector,
    "batchNormalization: mean, variance, scale and shift must be \(vector)")
  guard let tape = x.tape ?? scale.tape ?? shift.tape else {
    preconditionFailure("batchNormalization: neither x nor scale nor shift is on a tape")
  }
  let normalization = BatchNormalization(
    BatchStatistics(means: mean.elements.map { Double($0) }, variances: variance.elements.map { Double($0) }),
    scale: scale.value, shift: shift.value, epsilon: epsilon, activation: activation, in: tape.engine.pool)
  return record(normalization, ofBatch: false, x, scale, shift, on: tape)
}

/// - Parameter ofBatch: whether the statistics follow from x, so that its cotangent goes through them.
private func record(
  _ normalization: BatchNormalization, ofBatch: Bool, _ x: Variable, _ scale: Variable, _ shift: Variable, on tape: Tape
) -> Variable {
  let shape = x.shape
  let y = Tensor(shape, in: tape.engine.pool) { y in
    x.value.withElements { normalization.apply(to: $0, on: tape.engine, into: y) }
  }
  var pullbacks = Pullbacks()
  let (x0, tracked) = (x.value, (x: x.isTracked, scale: scale.isTracked, shift: shift.isTracked))
  pullbacks.addJoint(for: [x, scale, shift]) { cotangent, pass in
    let pool = pass.engine.pool
    return withElements(x0, cotangent) { x, cotangent in
      let sums = normalization.sums(x, cotangent, pass)
      var cotangents: [Tensor] = []
      if tracked.x {
        cotangents.append(
          Tensor(shape, in: pool) { normalization.inputVJP(x, cotangent, ofBatch ? sums : nil, pass, into: $0) })
      }
      if tracked.scale { cotangents.append(normalization.scaleVJP(sums, in: pool)) }
      if tracked.shift {
        cotangents.append(Tensor([normalization.channels], sums.cotangents.map { Float($0) }, in: pool))
      }
      return cotangents
    }
  }
  return tape.record(y, pullbacks)
}
