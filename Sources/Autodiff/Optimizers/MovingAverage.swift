import CKernels

/// a' = decay a + (1 - decay) w, elementwise: an exponential moving average of a weight; Polyak and Juditsky,
/// "Acceleration of Stochastic Approximation by Averaging", 1992.
package func movingAverage(_ average: Tensor, with value: Tensor, decay: Double, on engine: Engine) -> Tensor {
  precondition(average.shape == value.shape, "movingAverage: shapes \(average.shape) and \(value.shape) differ")
  return makeTensors(1, like: value, from: [average, value], on: engine) { operands, count, results in
    Kernels.channelwise.pointee.blend(operands[0], operands[1], Float(1 - decay), count, results[0])
  }[0]
}

/// The sum of the squares of all elements, in Double: the square of the norm by which gradients are clipped; Pascanu et
/// al., arXiv 1211.5063.
package func squaredNorm(of tensors: [Tensor], on engine: Engine) -> Double {
  tensors.reduce(0) { sum, tensor in
    let runs = cutIntoRuns(tensor.count, tiles: max(1, tensor.count >> 14))
    return withScratch(max(1, runs.count), of: Double.self, from: engine.pool) { sums in
      tensor.withElements { x in
        engine.forEach(runs.count) { index in
          let run = runs[index]
          sums[index] = Kernels.channelwise.pointee.sum_of_squares(x.baseAddress! + run.lowerBound, run.count)
        }
      }
      return (0..<runs.count).reduce(sum) { $0 + sums[$1] }
    }
  }
}
