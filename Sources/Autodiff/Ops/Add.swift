/// a + b, equal shapes.
///
/// VJP: a_bar = b_bar = y_bar. Keeps nothing.
package func add(_ a: Variable, _ b: Variable) -> Variable {
  precondition(a.shape == b.shape, "add: shapes \(a.shape) and \(b.shape) differ")
  guard let tape = a.tape ?? b.tape else { preconditionFailure("add: neither value is on a tape") }
  let sum = Tensor(a.shape, in: tape.engine.pool) { sum in
    withElements(a.value, b.value) { addKernel($0, $1, on: tape.engine, into: sum) }
  }
  var pullbacks = Pullbacks()
  pullbacks.add(for: a) { cotangent, _ in cotangent }
  pullbacks.add(for: b) { cotangent, _ in cotangent }
  return tape.record(sum, pullbacks)
}
