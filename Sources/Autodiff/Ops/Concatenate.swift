/// The channels of all parts side by side: y[..., c] = part k's [..., c - offset of k].
///
/// - parts: at least one, of equal extents but for the last axis; result: as the parts, the last axis as long as all
///   of theirs.
/// - VJP: each part's cotangent is its slice of y_bar. Keeps nothing.
package func concatenate(_ parts: [Variable]) -> Variable {
  precondition(parts.contains { $0.shape.rank >= 1 }, "concatenate: there is nothing to concatenate")
  let leading = parts[0].shape.extents.dropLast()
  precondition(
    parts.allSatisfy { $0.shape.rank == leading.count + 1 && $0.shape.extents.dropLast() == leading },
    "concatenate: shapes \(parts.map { $0.shape }) differ in more than the last axis")
  guard let tape = parts.lazy.compactMap({ $0.tape }).first else {
    preconditionFailure("concatenate: no part is on a tape")
  }
  let rows = leading.reduce(1, *)
  let widths = parts.map { $0.shape[leading.count] }
  let width = widths.reduce(0, +)

  let y = Tensor(Shape(leading + [width]), in: tape.engine.pool) { y in
    var offset = 0
    for (part, columns) in zip(parts, widths) {
      part.value.withElements {
        copyColumns(
          of: $0.baseAddress!, stride: columns, to: y.baseAddress! + offset, stride: width, rows: rows,
          columns: columns, on: tape.engine)
      }
      offset += columns
    }
  }

  var pullbacks = Pullbacks()
  var offset = 0
  for (part, columns) in zip(parts, widths) {
    let (shape, start) = (part.shape, offset)
    pullbacks.add(for: part) { cotangent, pass in
      Tensor(shape, in: pass.engine.pool) { result in
        cotangent.withElements {
          copyColumns(
            of: $0.baseAddress! + start, stride: width, to: result.baseAddress!, stride: columns, rows: rows,
            columns: columns, on: pass.engine)
        }
      }
    }
    offset += columns
  }
  return tape.record(y, pullbacks)
}
