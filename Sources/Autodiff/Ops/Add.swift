/// a + b, equal shapes.
///
/// VJP: a_bar = b_bar = y_bar. Keeps nothing.
package func add(_ a: Variable, _ b: Variable) -> Variable {
  precondition(a.shape == b.shape, "add: shapes \(a.shape) and \(b.shape) differ")
  guard let tape = a.tape ?? b.tape else { preconditionFailure("add: neither value is on a tape") }
  let sum = Tensor(a.shape, in: tape.engine.pool) { sum in
    withElements(a.value, b.value) { addKernel($0, $1, into: sum) }
  }
  var pullbacks = Pullbacks()
  pullbacks.add(for: a) { cotangent, _ in cotangent }
  pullbacks.add(for: b) { cotangent, _ in cotangent }
  return tape.record(sum, pullbacks)
}

/// sum = a + b, elementwise, in memory of its own.
func addKernel(
  _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, into sum: UnsafeMutableBufferPointer<Float>
) {
  precondition(a.count == b.count && a.count == sum.count, "addKernel: counts \(a.count), \(b.count), \(sum.count)")
  for i in a.indices { sum[i] = a[i] + b[i] }
}

/// sum += b, elementwise.
func accumulateKernel(_ b: UnsafeBufferPointer<Float>, into sum: UnsafeMutableBufferPointer<Float>) {
  precondition(b.count == sum.count, "accumulateKernel: counts \(b.count), \(sum.count)")
  for i in b.indices { sum[i] += b[i] }
}
