import CKernels

/// Mean and biased variance of each channel over all pixels of a batch, in Double.
struct BatchStatistics: Sendable {
  let means: [Double]
  let variances: [Double]

  init(means: [Double], variances: [Double]) {
    self.means = means
    self.variances = variances
  }

  /// - Parameter x: pixels x channels.
  init(of x: UnsafeBufferPointer<Float>, channels: Int, on engine: Engine) {
    let pixels = x.count / channels
    let (sums, squares) = sumPairsOverRuns(of: pixels, channels: channels, on: engine) { run, sum, square in
      Kernels.channelwise.pointee.channel_moments(
        x.baseAddress! + run.lowerBound * channels, x.baseAddress, run.count, channels, sum, square)
    }
    // From the first pixel on, so that little cancels.
    let count = Double(pixels)
    let means = sums.map { $0 / count }
    self.means = zip(means, x).map { $0 + Double($1) }
    variances = zip(squares, means).map { max(0, $0 / count - $1 * $1) }
  }
}

/// Normalisation by the statistics of a batch: y = a(x factor + offset).
struct BatchNormalization: Sendable {
  let channels: Int
  private let activation: Activation
  private let inverseDeviations: [Double]
  /// scale / sqrt(variance + epsilon)
  private let factors: Tensor
  /// shift - mean factor
  private let offsets: Tensor
  private let means: Tensor

  /// Sums over all pixels of z_bar, and of z_bar (x - mean), for each channel.
  struct Sums {
    let cotangents: [Double]
    let products: [Double]
  }

  init(
    _ statistics: BatchStatistics, scale: Tensor, shift: Tensor, epsilon: Double, activation: Activation,
    in pool: BufferPool
  ) {
    let channels = statistics.means.count
    self.channels = channels
    self.activation = activation
    let inverse = statistics.variances.map { 1 / ($0 + epsilon).squareRoot() }
    inverseDeviations = inverse
    means = Tensor([channels], statistics.means.map { Float($0) }, in: pool)
    (factors, offsets) = withElements(scale, shift) { scale, shift in
      let factors = (0..<channels).map { Double(scale[$0]) * inverse[$0] }
      let offsets = (0..<channels).map { Double(shift[$0]) - statistics.means[$0] * factors[$0] }
      return (
        Tensor([channels], factors.map { Float($0) }, in: pool), Tensor([channels], offsets.map { Float($0) }, in: pool)
      )
    }
  }

  /// - Parameters:
  ///   - x: pixels x channels.
  ///   - y: as x; every element is written.
  func apply(
    to x: UnsafeBufferPointer<Float>, on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
  ) {
    withElements(factors, offsets) {
      affineKernel(
        x.baseAddress!, stride: channels, scale: $0, shift: $1, activation, pixels: x.count / channels, on: engine,
        into: y.baseAddress!, stride: channels)
    }
  }

  func sums(
    _ x: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ pass: ReversePass
  ) -> Sums {
    let (pixels, channels) = (x.count / channels, channels)
    return withKernelForm(pass.rule) { form in
      let (cotangents, products) = sumPairsOverRuns(of: pixels, channels: channels, on: pass.engine) {
        run, sum, product in
        var n = form
        Kernels.channelwise.pointee.normalization_sums(
          &n, x.baseAddress! + run.lowerBound * channels, cotangent.baseAddress! + run.lowerBound * channels, run.count,
          channels, sum, product)
      }
      return Sums(cotangents: cotangents, products: products)
    }
  }

  /// x_bar = factor (z_bar - mean(z_bar) - h mean(z_bar h)).
  ///
  /// - Parameters:
  ///   - sums: nil where the statistics do not follow from x: then x_bar = factor z_bar.
  ///   - result: as x; every element is written.
  func inputVJP(
    _ x: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ sums: Sums?, _ pass: ReversePass,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    let (channels, pixels) = (channels, x.count / channels)
    withScratch(2 * channels, from: pass.engine.pool) { slopes in
      let offsets = slopes + channels
      if let sums {
        factors.withElements { factors in
          for c in 0..<channels {
            let (factor, inverse) = (Double(factors[c]), inverseDeviations[c])
            slopes[c] = Float(-factor * inverse * inverse * sums.products[c] / Double(pixels))
            offsets[c] = Float(-factor * sums.cotangents[c] / Double(pixels))
          }
        }
      } else {
        slopes.update(repeating: 0, count: 2 * channels)
      }
      withKernelForm(pass.rule) { form in
        forEachRun(of: pixels, shortest: rowsWorthATask(columns: channels), on: pass.engine) { run in
          var n = form
          let start = run.lowerBound * channels
          Kernels.channelwise.pointee.normalization_vjp(
            &n, x.baseAddress! + start, cotangent.baseAddress! + start, slopes, offsets, run.count, channels,
            result.baseAddress! + start)
        }
      }
    }
  }

  /// scale_bar = sum of z_bar h.
  func scaleVJP(_ sums: Sums, in pool: BufferPool) -> Tensor {
    Tensor([channels], zip(sums.products, inverseDeviations).map { Float($0 * $1) }, in: pool)
  }

  private func withKernelForm<Result>(_ rule: ReLURule, _ body: (gaze_normalization) -> Result) -> Result {
    withElements(factors, offsets) { factors, offsets in
      means.withElements { means in
        body(
          gaze_normalization(
            scale: factors.baseAddress, shift: offsets.baseAddress, mean: means.baseAddress,
            activation: activation.forKernels, rule: rule.forKernels))
      }
    }
  }
}

/// Two sums for each channel over `0..<pixels`, in Double: `body` writes those of a run, and runs, which follow from
/// the number of pixels alone, are added in their order.
private func sumPairsOverRuns(
  of pixels: Int, channels: Int, on engine: Engine,
  _ body:
    (_ run: Range<Int>, _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>) ->
    Void
) -> ([Double], [Double]) {
  let runs = cutIntoRuns(pixels, tiles: min(16, max(1, pixels * channels >> 15)))
  return withScratch(2 * runs.count * channels, of: Double.self, from: engine.pool) { sums in
    engine.forEach(runs.count) { index in
      let sum = sums + 2 * index * channels
      body(runs[index], sum, sum + channels)
    }
    var totals = [Double](repeating: 0, count: 2 * channels)
    for run in 0..<runs.count {
      for i in 0..<2 * channels { totals[i] += sums[2 * run * channels + i] }
    }
    return (Array(totals[..<channels]), Array(totals[channels...]))
  }
}
