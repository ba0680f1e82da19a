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

/// `length` in at most `tiles` runs, all but the last a multiple of `multiple` long; no run at all for a length of 0.
func cutIntoRuns(_ length: Int, tiles: Int, multiple: Int = 1) -> [Range<Int>] {
  guard length > 0 else { return [] }
  let even = (length + tiles - 1) / tiles
  let step = max(multiple, (even + multiple - 1) / multiple * multiple)
  return stride(from: 0, to: length, by: step).map { $0..<min($0 + step, length) }
}

/// Calls `body` for runs that make up `0..<count`, each at least `shortest` long but for the last. For work whose
/// parts are written independently of each other, so that the cut does not show in the result.
func forEachRun(of count: Int, shortest: Int, on engine: Engine, _ body: (Range<Int>) -> Void) {
  let runs = cutIntoRuns(count, tiles: 16, multiple: shortest)
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
  _ body: (_ image: Int, _ run: Range<Int>, _ sum: UnsafeMutablePointer<Float>) -> Void
) {
  let result = result.baseAddress!
  let runs = cutIntoRuns(length, tiles: tiles)
  guard runs.count > 1 else {
    engine.forEach(batch) { image in body(image, 0..<length, result + image * count) }
    return
  }
  withScratch(batch * runs.count * count, from: engine.pool) { sums in
    engine.forEach(batch * runs.count) { index in
      body(index / runs.count, runs[index % runs.count], sums + index * count)
    }
    let parts = cutIntoRuns(count, tiles: 16, multiple: 1 << 12)
    engine.forEach(batch * parts.count) { index in
      let (image, part) = (index / parts.count, parts[index % parts.count])
      let total = result + image * count + part.lowerBound
      let first = sums + image * runs.count * count + part.lowerBound
      total.update(from: first, count: part.count)
      for run in 1..<runs.count { Kernels.channelwise.pointee.add(total, first + run * count, part.count, total) }
    }
  }
}

/// Writes `count` zeros.
func fill(_ values: UnsafeMutablePointer<Float>, count: Int, on engine: Engine) {
  forEachRun(of: count, shortest: 1 << 16, on: engine) { run in
    (values + run.lowerBound).update(repeating: 0, count: run.count)
  }
}
