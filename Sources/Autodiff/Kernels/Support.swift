import CKernels

/// Lends `count` floats from the pool for the time of `body`.
func withScratch<Result>(
  _ count: Int, from pool: BufferPool, _ body: (UnsafeMutablePointer<Float>) -> Result
) -> Result {
  withScratch(count, of: Float.self, from: pool, body)
}

/// Lends `count` elements from the pool for the time of `body`.
func withScratch<Element: BitwiseCopyable, Result>(
  _ count: Int, of type: Element.Type, from pool: BufferPool, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> Result {
  let byteCount = count * MemoryLayout<Element>.stride
  let block = pool.lend(byteCount: byteCount)
  defer { pool.recycle(block, byteCount: byteCount) }
  return body(block.bindMemory(to: Element.self, capacity: count))
}

/// Calls `body` for runs that make up `0..<count`, each at least `shortest` long but for the last. For work whose
/// parts are written independently of each other, so that the cut does not show in the result.
func forEachRun(of count: Int, shortest: Int, on engine: Engine, _ body: @escaping (Range<Int>) -> Void) {
  let runs = TileGrid.cut(count, tiles: 16, multiple: shortest)
  engine.forEach(runs.count) { body(runs[$0]) }
}

/// Rows of `columns` elements that are worth a task of their own in elementwise work.
func rowsWorthATask(columns: Int) -> Int { max(1, (1 << 14) / max(columns, 1)) }

/// For each image of a batch: cuts `0..<length` into at most `tiles` runs, lets `body` write each run's own sum of
/// `count` elements, and adds the sums in the order of the runs. The same result at any number of threads, and for an
/// image alone or in a batch.
///
/// - Parameter result: batch x count; every element is written.
func sumOverRuns(
  of length: Int, tiles: Int, count: Int, batch: Int = 1, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>,
  _ body: @escaping (_ image: Int, _ run: Range<Int>, _ sum: UnsafeMutablePointer<Float>) -> Void
) {
  let result = result.baseAddress!
  let runs = TileGrid.cut(length, tiles: tiles)
  guard runs.count > 1 else {
    engine.forEach(batch) { image in body(image, 0..<length, result + image * count) }
    return
  }
  withScratch(batch * runs.count * count, from: engine.pool) { sums in
    engine.forEach(batch * runs.count) { index in
      body(index / runs.count, runs[index % runs.count], sums + index * count)
    }
    for image in 0..<batch {
      let total = result + image * count
      let first = sums + image * runs.count * count
      total.update(from: first, count: count)
      for run in 1..<runs.count {
        let sum = first + run * count
        for i in 0..<count { total[i] += sum[i] }
      }
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
    if let bias { Kernels.channelwise.pointee.add(line, bias, columns, line) }
    if activation != .identity {
      Kernels.channelwise.pointee.activate(line, activation.forKernels, columns, line)
    }
  }
}
