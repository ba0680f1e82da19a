/// Lends `count` floats from the pool for the time of `body`.
func withScratch<Result>(
  _ count: Int, from pool: BufferPool, _ body: (UnsafeMutablePointer<Float>) -> Result
) -> Result {
  let byteCount = count * MemoryLayout<Float>.stride
  let block = pool.lend(byteCount: byteCount)
  defer { pool.recycle(block, byteCount: byteCount) }
  return body(block.bindMemory(to: Float.self, capacity: count))
}

/// Cuts `0..<length` into at most `tiles` runs, lets `body` write each run's own sum of `count` elements, and adds the sums in the
/// order of the runs: the same result at any number of threads.
func sumOverRuns(
  of length: Int, tiles: Int, count: Int, on engine: Engine, into result: UnsafeMutableBufferPointer<Float>,
  _ body: @escaping (_ run: Range<Int>, _ sum: UnsafeMutablePointer<Float>) -> Void
) {
  let runs = TileGrid.cut(length, tiles: tiles)
  guard runs.count > 1 else {
    body(0..<length, result.baseAddress!)
    return
  }
  withScratch(runs.count * count, from: engine.pool) { sums in
    engine.workers.forEach(runs.count) { body(runs[$0], sums + $0 * count) }
    result.baseAddress!.update(from: sums, count: count)
    for run in 1..<runs.count {
      let sum = sums + run * count
      for i in 0..<count { result[i] += sum[i] }
    }
  }
}

/// Adds the bias to each row and applies the activation, in place.
///
/// - Parameters:
///   - values: `rows` rows of `columns` elements, `stride` apart.
///   - bias: `columns` elements, or nil.
func finishRows(
  _ values: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, bias: UnsafePointer<Float>?,
  _ activation: Activation
) {
  for row in 0..<rows {
    let line = values + row * stride
    if let bias {
      for column in 0..<columns { line[column] += bias[column] }
    }
    if activation != .identity {
      activationKernel(
        UnsafeBufferPointer(start: line, count: columns), activation,
        into: UnsafeMutableBufferPointer(start: line, count: columns))
    }
  }
}
