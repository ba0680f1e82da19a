/// y[i] = x[i] / (1 - rate) with probability 1 - rate, else 0, in training; x in inference: "inverted" dropout, whose
/// expectation is x; Srivastava et al., JMLR 15 (2014).
///
/// - x: any shape; rate: in [0, 1); result: the shape of x.
/// - layer: which of the network's dropouts this is. What is dropped follows from the tape's random numbers, the layer
///   and the element's place alone.
/// - VJP: x_bar[i] = y_bar[i] / (1 - rate) where x[i] was kept, else 0. Keeps nothing: the numbers are drawn again.
package func dropout(_ x: Variable, rate: Double, layer: Int) -> Variable {
  precondition((0..<1).contains(rate), "dropout: the rate must be in [0, 1), got \(rate)")
  precondition((0..<1 << 16).contains(layer), "dropout: the layer must be in 0..<65536, got \(layer)")
  guard let tape = x.tape else { preconditionFailure("dropout: x is not on a tape") }
  guard case .training(let numbers) = tape.mode, rate > 0 else { return x }
  let shape = x.shape
  precondition(shape.count <= 1 << 40, "dropout: x \(shape) has too many elements")

  @Sendable func masked(_ values: Tensor, on engine: Engine) -> Tensor {
    Tensor(shape, in: engine.pool) { result in
      let factor = Float(1 / (1 - rate))
      values.withElements { values in
        forEachRun(of: values.count, shortest: 1 << 12, on: engine) { run in
          for i in run { result[i] = numbers.uniform(layer << 40 + i) < rate ? 0 : values[i] * factor }
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in masked(cotangent, on: pass.engine) }
  return tape.record(masked(x.value, on: tape.engine), pullbacks)
}
