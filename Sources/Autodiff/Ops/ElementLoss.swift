/// mean over n and k of loss(x[n, k], t[n, k]), in Double: of `sigmoidCrossEntropy` and `meanSquaredError`.
///
/// - VJP: x_bar[n, k] = mean_bar derivative(x[n, k], t[n, k]) / (N K). Keeps x and t if x is tracked.
func meanOverElements(
  _ name: String, _ x: Variable, _ targets: Tensor, loss: (_ x: Double, _ target: Double) -> Double,
  derivative: @escaping @Sendable (_ x: Double, _ target: Double) -> Double
) -> Variable {
  precondition(x.shape.rank == 2 && x.shape.count > 0, "\(name): the numbers must be [N, K], got \(x.shape)")
  precondition(targets.shape == x.shape, "\(name): targets \(targets.shape) and numbers \(x.shape) differ in shape")
  guard let tape = x.tape else { preconditionFailure("\(name): the numbers are not on a tape") }
  let (value, shape) = (x.value, x.shape)
  let mean = Tensor([1], in: tape.engine.pool) { mean in
    withElements(value, targets) { x, targets in
      mean[0] = Float(x.indices.reduce(0.0) { $0 + loss(Double(x[$1]), Double(targets[$1])) } / Double(x.count))
    }
  }
  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      let factor = Double(cotangent.withElements { $0[0] }) / Double(shape.count)
      withElements(value, targets) { x, targets in
        for index in x.indices {
          result[index] = Float(factor * derivative(Double(x[index]), Double(targets[index])))
        }
      }
    }
  }
  return tape.record(mean, pullbacks)
}
