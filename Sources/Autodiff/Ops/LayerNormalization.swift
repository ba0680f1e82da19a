import CKernels

/// y[..., c] = (x[..., c] - m) / sqrt(v + epsilon) scale[c] + shift[c], with m and v the mean and the variance (of the
/// population) over the last axis: Ba et al., "Layer Normalization", arXiv 1607.06450.
///
/// - x: any shape whose last axis is C > 0; scale and shift: [C]; result: the shape of x.
/// - VJP, through the statistics: with f = 1 / sqrt(v + epsilon), n = (x - m) f and g = y_bar scale, x_bar = f (g -
///   mean(g) - n mean(g n)), means over the last axis; scale_bar[c] = sum of y_bar n and shift_bar[c] = sum of y_bar
///   over all axes but the last.
/// - Keeps x, and m and f of each row, if x or scale is tracked; scale if x is.
package func layerNormalization(_ x: Variable, scale: Variable, shift: Variable, epsilon: Double) -> Variable {
  precondition(
    x.shape.rank >= 1 && x.shape.count > 0, "layerNormalization: x \(x.shape) has no channels or no elements")
  let (shape, channels) = (x.shape, x.shape[x.shape.rank - 1])
  precondition(
    scale.shape == [channels] && shift.shape == [channels],
    "layerNormalization: scale \(scale.shape) and shift \(shift.shape) must be [\(channels)]")
  guard let tape = x.tape else { preconditionFailure("layerNormalization: x is not on a tape") }
  let rows = shape.count / channels

  let keepsMoments = x.isTracked || scale.isTracked
  let moments = Storage<Float>(count: keepsMoments ? 2 * rows : 0, in: tape.engine.pool)
  let y = Tensor(shape, in: tape.engine.pool) { y in
    withElements(x.value, scale.value) { x, scale in
      shift.value.withElements { shift in
        forEachRun(of: rows, shortest: rowsWorthATask(columns: channels), on: tape.engine) { run in
          let start = run.lowerBound * channels
          Kernels.rowwise.pointee.layer_normalize(
            x.baseAddress! + start, scale.baseAddress, shift.baseAddress, Float(epsilon), run.count, channels,
            y.baseAddress! + start, keepsMoments ? moments.base + 2 * run.lowerBound : nil)
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  let kept = x.value
  if x.isTracked {
    let scale = scale.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        withElements(kept, scale) { x, scale in
          cotangent.withElements { cotangent in
            forEachRun(of: rows, shortest: rowsWorthATask(columns: channels), on: pass.engine) { run in
              let start = run.lowerBound * channels
              Kernels.rowwise.pointee.layer_normalize_vjp(
                x.baseAddress! + start, moments.base + 2 * run.lowerBound, scale.baseAddress,
                cotangent.baseAddress! + start, run.count, channels, result.baseAddress! + start)
            }
          }
        }
      }
    }
  }
  if scale.isTracked {
    pullbacks.add(for: scale) { cotangent, pass in
      Tensor([channels], in: pass.engine.pool) { result in
        withScratch(shape.count, from: pass.engine.pool) { standardized in
          kept.withElements { x in
            forEachRun(of: rows, shortest: rowsWorthATask(columns: channels), on: pass.engine) { run in
              let start = run.lowerBound * channels
              Kernels.rowwise.pointee.standardize_rows(
                x.baseAddress! + start, moments.base + 2 * run.lowerBound, run.count, channels, standardized + start)
            }
          }
          cotangent.withElements {
            channelDotKernel(
              UnsafeBufferPointer(start: standardized, count: shape.count), $0, channels: channels, on: pass.engine,
              into: result)
          }
        }
      }
    }
  }
  addBiasPullback(for: shift, to: &pullbacks)
  return tape.record(y, pullbacks)
}
