/// b[h, i, j] = t[d(i, j), h]: what is added to the scores of the pixels i and j of a window, by how far apart they
/// are; Liu et al., "Swin Transformer", arXiv 2103.14030, equation 4. With i at (y, x) and j at (v, u) of a window of
/// `side` x `side`, d = (y - v + side - 1) (2 side - 1) + x - u + side - 1.
///
/// - t: [(2 side - 1)^2, heads]; result: [heads, side^2, side^2].
/// - VJP: t_bar[d, h] = sum of b_bar[h, i, j] over the pairs with d(i, j) = d. Keeps nothing.
package func relativePositionBias(_ table: Variable, side: Int) -> Variable {
  let places = (2 * side - 1) * (2 * side - 1)
  precondition(
    side > 0 && table.shape.rank == 2 && table.shape[0] == places,
    "relativePositionBias: the table of a window of \(side) x \(side) must be [\(places), heads], got \(table.shape)")
  guard let tape = table.tape else { preconditionFailure("relativePositionBias: the table is not on a tape") }
  let (heads, area) = (table.shape[1], side * side)

  /// d(i, j) for all i and j.
  @Sendable func distances() -> [Int] {
    (0..<area * area).map { pair in
      let (i, j) = pair.quotientAndRemainder(dividingBy: area)
      return (i / side - j / side + side - 1) * (2 * side - 1) + i % side - j % side + side - 1
    }
  }

  let bias = Tensor([heads, area, area], in: tape.engine.pool) { bias in
    table.value.withElements { table in
      for (pair, distance) in distances().enumerated() {
        for head in 0..<heads { bias[head * area * area + pair] = table[distance * heads + head] }
      }
    }
  }

  var pullbacks = Pullbacks()
  let shape = table.shape
  pullbacks.add(for: table) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      result.update(repeating: 0)
      cotangent.withElements { cotangent in
        for (pair, distance) in distances().enumerated() {
          for head in 0..<heads { result[distance * heads + head] += cotangent[head * area * area + pair] }
        }
      }
    }
  }
  return tape.record(bias, pullbacks)
}
