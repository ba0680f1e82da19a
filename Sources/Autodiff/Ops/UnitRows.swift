/// y[..., c] = x[..., c] / |x[...]|: each row's direction, for cosines. A row of zeros stays one.
///
/// - x: any shape whose last axis is C > 0; result: the shape of x.
/// - VJP: x_bar = (y_bar - y (y . y_bar)) / |x|; 0 for a row of zeros. Keeps x.
package func unitRows(_ x: Variable) -> Variable {
  precondition(x.shape.rank >= 1 && x.shape.count > 0, "unitRows: x \(x.shape) has no channels or no elements")
  guard let tape = x.tape else { preconditionFailure("unitRows: x is not on a tape") }
  let (shape, channels) = (x.shape, x.shape[x.shape.rank - 1])
  let rows = shape.count / channels

  let y = Tensor(shape, in: tape.engine.pool) { y in
    x.value.withElements { x in
      forEachRun(of: rows, shortest: rowsWorthATask(columns: channels), on: tape.engine) { run in
        for row in run {
          let place = row * channels..<(row + 1) * channels
          let factor = inverseLength(of: x[place])
          for i in place { y[i] = Float(Double(x[i]) * factor) }
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  let kept = x.value
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      withElements(kept, cotangent) { x, cotangent in
        forEachRun(of: rows, shortest: rowsWorthATask(columns: channels), on: pass.engine) { run in
          for row in run {
            let place = row * channels..<(row + 1) * channels
            let factor = inverseLength(of: x[place])
            let along = place.reduce(0) { $0 + Double(x[$1]) * factor * Double(cotangent[$1]) }
            for i in place { result[i] = Float((Double(cotangent[i]) - Double(x[i]) * factor * along) * factor) }
          }
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// 1 / |x|; 0 for zeros.
private func inverseLength(of x: Slice<UnsafeBufferPointer<Float>>) -> Double {
  let square = x.reduce(0) { $0 + Double($1) * Double($1) }
  return square > 0 ? 1 / square.squareRoot() : 0
}
