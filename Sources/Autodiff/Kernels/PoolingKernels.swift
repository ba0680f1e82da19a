/// y = the maximum of each window. A task is a run of output rows.
///
/// - Parameters:
///   - x: batch x H x W x C.
///   - y: batch x output height x output width x C; every element is written.
///   - winners: nil, or as many elements as `y`: for each the place of its first maximum in the window, kernel row x
///     kernel width + kernel column.
func maxPoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>, winners: UnsafeMutablePointer<UInt8>?
) {
  g.forEachOutputPixel(on: engine) { pixel, taps in
    let best = y.baseAddress! + pixel * g.channels
    best.update(repeating: -.infinity, count: g.channels)
    let winner = winners.map { $0 + pixel * g.channels }
    winner?.update(repeating: UInt8(taps.first), count: g.channels)
    taps.visit { tap, inputPixel in
      let source = x.baseAddress! + inputPixel * g.channels
      if let winner {
        let tap = UInt8(tap)
        for c in 0..<g.channels {
          let (value, old, oldTap) = (source[c], best[c], winner[c])
          let won = wins(value, over: old)
          best[c] = won ? value : old
          winner[c] = won ? tap : oldTap
        }
      } else {
        for c in 0..<g.channels {
          let (value, old) = (source[c], best[c])
          best[c] = wins(value, over: old) ? value : old
        }
      }
    }
  }
}

/// NaN wins over everything, so that it is not lost on the way.
@inline(__always)
private func wins(_ value: Float, over best: Float) -> Bool { value > best || value.isNaN }

/// x_bar: each input pixel collects the cotangents of the windows that it won. A task is a run of input rows.
func maxPoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, winners: UnsafePointer<UInt8>, _ g: ChannelwiseWindow, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  g.forEachCover(on: engine, clearing: result) { target, tap, outputPixel in
    let source = cotangent.baseAddress! + outputPixel * g.channels
    let winner = winners + outputPixel * g.channels
    let tap = UInt8(tap)
    for c in 0..<g.channels {
      let share = source[c]
      target[c] += winner[c] == tap ? share : 0
    }
  }
}

/// y = the mean of each window, all of whose places lie in the image. A task is a run of output rows.
func averagePoolingKernel(
  _ x: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into y: UnsafeMutableBufferPointer<Float>
) {
  let places = Float(g.window.taps)
  g.forEachOutputPixel(on: engine) { pixel, taps in
    let mean = y.baseAddress! + pixel * g.channels
    mean.update(repeating: 0, count: g.channels)
    taps.visit { _, inputPixel in
      let source = x.baseAddress! + inputPixel * g.channels
      for c in 0..<g.channels { mean[c] += source[c] }
    }
    for c in 0..<g.channels { mean[c] /= places }
  }
}

/// x_bar: each input pixel collects its share of the windows that cover it. A task is a run of input rows.
func averagePoolingVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, _ g: ChannelwiseWindow, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let places = Float(g.window.taps)
  g.forEachCover(on: engine, clearing: result) { target, _, outputPixel in
    let source = cotangent.baseAddress! + outputPixel * g.channels
    for c in 0..<g.channels { target[c] += source[c] / places }
  }
}
