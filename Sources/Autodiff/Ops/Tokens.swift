/// The same tokens before those of each image: y[n] = (t, x[n]).
///
/// - x: [N, T, C]; t: [L, C]; result: [N, L + T, C].
/// - VJP: x_bar is the last T tokens of y_bar; t_bar the first L summed over N. Keeps nothing.
package func prependTokens(_ t: Variable, to x: Variable) -> Variable {
  precondition(
    x.shape.rank == 3 && t.shape.rank == 2 && t.shape[1] == x.shape[2],
    "prependTokens: x must be [N, T, C] and t [L, C], got \(x.shape) and \(t.shape)")
  guard let tape = x.tape ?? t.tape else { preconditionFailure("prependTokens: neither value is on a tape") }
  let (shape, leading, width) = (x.shape, t.shape.count, x.shape[1] * x.shape[2])
  let (batch, total) = (shape[0], leading + width)

  let y = Tensor([batch, t.shape[0] + shape[1], shape[2]], in: tape.engine.pool) { y in
    withElements(x.value, t.value) { x, t in
      copyColumns(
        of: t.baseAddress!, stride: 0, to: y.baseAddress!, stride: total, rows: batch, columns: leading,
        on: tape.engine)
      copyColumns(
        of: x.baseAddress!, stride: width, to: y.baseAddress! + leading, stride: total, rows: batch, columns: width,
        on: tape.engine)
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      cotangent.withElements {
        copyColumns(
          of: $0.baseAddress! + leading, stride: total, to: result.baseAddress!, stride: width, rows: batch,
          columns: width, on: pass.engine)
      }
    }
  }
  let tokenShape = t.shape
  pullbacks.add(for: t) { cotangent, pass in
    Tensor(tokenShape, in: pass.engine.pool) { result in
      cotangent.withElements { cotangent in
        withScratch(batch * leading, from: pass.engine.pool) { first in
          copyColumns(
            of: cotangent.baseAddress!, stride: total, to: first, stride: leading, rows: batch, columns: leading,
            on: pass.engine)
          channelSumKernel(
            UnsafeBufferPointer(start: first, count: batch * leading), channels: leading, on: pass.engine,
            into: result)
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// Some of each image's tokens: y[n, t, c] = x[n, first + t, c].
///
/// - x: [N, T, C]; range: the tokens first..<end, at least one of 0..<T; result: [N, end - first, C].
/// - VJP: x_bar is y_bar at these tokens and 0 at the others. Keeps nothing.
package func sliceTokens(_ x: Variable, _ range: Range<Int>) -> Variable {
  precondition(
    x.shape.rank == 3 && !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= x.shape[1],
    "sliceTokens: x must be [N, T, C] with the tokens \(range), got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("sliceTokens: x is not on a tape") }
  let (shape, channels) = (x.shape, x.shape[2])
  let (start, width, total) = (range.lowerBound * channels, range.count * channels, shape[1] * channels)

  let y = Tensor([shape[0], range.count, channels], in: tape.engine.pool) { y in
    x.value.withElements {
      copyColumns(
        of: $0.baseAddress! + start, stride: total, to: y.baseAddress!, stride: width, rows: shape[0], columns: width,
        on: tape.engine)
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      fill(result.baseAddress!, count: result.count, on: pass.engine)
      cotangent.withElements {
        copyColumns(
          of: $0.baseAddress!, stride: width, to: result.baseAddress! + start, stride: total, rows: shape[0],
          columns: width, on: pass.engine)
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// y[n, t, c] = x[n, t, c] + p[t, c]: the same position embeddings for each image.
///
/// - x: [N, T, C]; p: [T, C]; result: [N, T, C].
/// - VJP: x_bar = y_bar; p_bar = y_bar summed over N. Keeps nothing.
package func addToEach(_ x: Variable, _ p: Variable) -> Variable {
  precondition(
    x.shape.rank == 3 && p.shape == [x.shape[1], x.shape[2]],
    "addToEach: x must be [N, T, C] and p [T, C], got \(x.shape) and \(p.shape)")
  guard let tape = x.tape ?? p.tape else { preconditionFailure("addToEach: neither value is on a tape") }
  let (shape, count) = (x.shape, p.shape.count)

  let y = Tensor(shape, in: tape.engine.pool) { y in
    withElements(x.value, p.value) { x, p in
      for image in 0..<shape[0] {
        let place = image * count..<(image + 1) * count
        addKernel(
          UnsafeBufferPointer(rebasing: x[place]), p, on: tape.engine,
          into: UnsafeMutableBufferPointer(rebasing: y[place]))
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, _ in cotangent }
  let positionShape = p.shape
  pullbacks.add(for: p) { cotangent, pass in
    Tensor(positionShape, in: pass.engine.pool) { result in
      cotangent.withElements { channelSumKernel($0, channels: count, on: pass.engine, into: result) }
    }
  }
  return tape.record(y, pullbacks)
}

/// y[r, c] = sum over s of m[r, s] x[s, c]: rows of a table mixed by fixed weights, as an interpolation does.
///
/// - x: [S, C]; m: [R, S]; result: [R, C].
/// - VJP: x_bar = m^T y_bar. Keeps m if x is tracked.
package func mixRows(_ x: Variable, by m: Tensor) -> Variable {
  precondition(
    x.shape.rank == 2 && m.shape.rank == 2 && m.shape[1] == x.shape[0] && x.shape.count > 0 && m.shape.count > 0,
    "mixRows: x must be [S, C] and m [R, S], got \(x.shape) and \(m.shape)")
  guard let tape = x.tape else { preconditionFailure("mixRows: x is not on a tape") }
  let (shape, columns, rows) = (x.shape, x.shape[1], m.shape[0])

  let y = Tensor([rows, columns], in: tape.engine.pool) { y in
    withElements(m, x.value) { m, x in
      matrixProduct(
        Matrix(m.baseAddress!, rows: rows, columns: shape[0]), Matrix(x.baseAddress!, rows: shape[0], columns: columns),
        into: y.baseAddress!, stride: columns)
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      withElements(m, cotangent) { m, cotangent in
        matrixProduct(
          Matrix(m.baseAddress!, rows: rows, columns: shape[0]).transposed,
          Matrix(cotangent.baseAddress!, rows: rows, columns: columns), into: result.baseAddress!, stride: columns)
      }
    }
  }
  return tape.record(y, pullbacks)
}
