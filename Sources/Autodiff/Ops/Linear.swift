import CKernels

/// y = x W^T + b.
///
/// - x: [N, I]; weight W: [O, I]; bias b: [O] or nil; result: [N, O].
/// - VJP: x_bar = y_bar W; W_bar = y_bar^T x; b_bar = y_bar summed over N.
/// - Keeps W if x is tracked, x if W is tracked.
package func linear(_ x: Variable, weight: Variable, bias: Variable? = nil) -> Variable {
  precondition(x.shape.rank == 2, "linear: x must be [N, I], got \(x.shape)")
  precondition(
    weight.shape.rank == 2 && weight.shape[1] == x.shape[1],
    "linear: the weight must be [O, \(x.shape[1])], got \(weight.shape)")
  precondition(
    bias == nil || bias!.shape == [weight.shape[0]], "linear: bias \(bias!.shape) does not fit weight \(weight.shape)")
  guard let tape = x.tape else { preconditionFailure("linear: x is not on a tape") }

  let batch = x.shape[0]
  let inputs = x.shape[1]
  let outputs = weight.shape[0]
  let y = Tensor([batch, outputs], in: tape.engine.pool) { y in
    withElements(x.value, weight.value) { x, weight in
      withElements(bias?.value) { bias in
        linearKernel(
          x, weight: weight, bias: bias, batch: batch, inputs: inputs, outputs: outputs, on: tape.engine, into: y)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let weight = weight.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor([batch, inputs], in: pass.engine.pool) { result in
        withElements(cotangent, weight) {
          linearInputVJPKernel(
            $0, weight: $1, batch: batch, inputs: inputs, outputs: outputs, on: pass.engine, into: result)
        }
      }
    }
  }
  if weight.isTracked {
    let x = x.value
    pullbacks.add(for: weight) { cotangent, pass in
      Tensor([outputs, inputs], in: pass.engine.pool) { result in
        withElements(cotangent, x) {
          linearWeightVJPKernel($0, $1, batch: batch, inputs: inputs, outputs: outputs, on: pass.engine, into: result)
        }
      }
    }
  }
  if let bias { addBiasPullback(for: bias, to: &pullbacks) }
  return tape.record(y, pullbacks)
}

/// y = x W^T + b. A task is a run of outputs.
private func linearKernel(
  _ x: UnsafeBufferPointer<Float>, weight: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?,
  batch: Int, inputs: Int, outputs: Int, on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  forEachRun(of: outputs, shortest: rowsWorthATask(columns: inputs), on: engine) { run in
    Kernels.linear.pointee.forward(
      batch, inputs, outputs, x.baseAddress, weight.baseAddress, bias?.baseAddress, run.lowerBound, run.upperBound,
      y.baseAddress)
  }
}

/// x_bar = y_bar W. The cotangent of one logit is zero but for one place, and the kernel reads only the rows of W whose
/// cotangent is not.
private func linearInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, weight: UnsafeBufferPointer<Float>, batch: Int, inputs: Int,
  outputs: Int, on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  forEachRun(of: inputs, shortest: 1024, on: engine) { run in
    Kernels.linear.pointee.input_vjp(
      batch, inputs, outputs, cotangent.baseAddress, weight.baseAddress, run.lowerBound, run.upperBound,
      result.baseAddress)
  }
}

/// W_bar = y_bar^T x. A task is a run of outputs.
private func linearWeightVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, _ x: UnsafeBufferPointer<Float>, batch: Int, inputs: Int, outputs: Int,
  on engine: Engine, into result: UnsafeMutableBufferPointer<Float>
) {
  let runs = cutIntoRuns(outputs, tiles: min(8, max(1, outputs / 64)))
  engine.forEach(runs.count) { index in
    let run = runs[index]
    matrixProduct(
      Matrix(cotangent.baseAddress! + run.lowerBound, rows: batch, columns: run.count, stride: outputs).transposed,
      Matrix(x.baseAddress!, rows: batch, columns: inputs),
      into: result.baseAddress! + run.lowerBound * inputs, stride: inputs)
  }
}
