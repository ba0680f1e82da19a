/// The geometry of a dense convolution: a window over a batch of NHWC images and the channels on both sides.
struct Convolution: Hashable, Sendable {
  let batch: Int
  let window: Window
  let inputChannels: Int
  let outputChannels: Int

  var outputShape: Shape { [batch, window.outputHeight, window.outputWidth, outputChannels] }
  var inputShape: Shape { [batch, window.inputHeight, window.inputWidth, inputChannels] }
  /// Rows of the matrix of patches: one for each output pixel of the batch.
  var patches: Int { batch * window.outputPixels }
  /// Columns of the matrix of patches: kernel height x kernel width x input channels, in the order of the filter.
  var patchLength: Int { window.taps * inputChannels }
}

/// y = a(patches(x) W + bias): the patches are gathered tile by tile, never all at once, unless there are few.
///
/// - Parameters:
///   - x: batch x H x W x C.
///   - filter: kernel height x kernel width x C x O, read as a (kernel height * kernel width * C) x O matrix.
///   - bias: O elements, or nil.
///   - y: batch x output height x output width x O.
func convolutionKernel(
  _ x: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?,
  _ activation: Activation, _ g: Convolution, on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  let grid = TileGrid(rows: g.patches, columns: g.outputChannels)
  let out = g.outputChannels
  let k = g.patchLength

  /// Rows of the matrix of patches, then their products with the tile's columns of the filter.
  func compute(_ tile: (rows: Range<Int>, columns: Range<Int>), patches: UnsafePointer<Float>) {
    let target = y.baseAddress! + tile.rows.lowerBound * out + tile.columns.lowerBound
    matrixProduct(
      Matrix(patches, rows: tile.rows.count, columns: k),
      Matrix(filter.baseAddress! + tile.columns.lowerBound, rows: k, columns: tile.columns.count, stride: out),
      into: target, stride: out)
    finishRows(
      target, rows: tile.rows.count, columns: tile.columns.count, stride: out,
      bias: bias.map { $0.baseAddress! + tile.columns.lowerBound }, activation)
  }

  if g.window.isPointwise {
    engine.forEach(grid.count) { index in
      let tile = grid[index]
      compute(tile, patches: x.baseAddress! + tile.rows.lowerBound * k)
    }
  } else if grid.rowTiles.count > 1 {
    engine.forEach(grid.count) { index in
      let tile = grid[index]
      withScratch(tile.rows.count * k, from: engine.pool) { patches in
        gatherPatches(x, g, rows: tile.rows, into: patches)
        compute(tile, patches: patches)
      }
    }
  } else {
    withScratch(g.patches * k, from: engine.pool) { patches in
      gatherPatches(x, g, rows: 0..<g.patches, into: patches)
      engine.forEach(grid.count) { compute(grid[$0], patches: patches) }
    }
  }
}

/// x_bar = scatter(y_bar W^T). Each task owns a strip of input rows, so that no two tasks add to one element.
///
/// - Parameters:
///   - cotangent: batch x output height x output width x O.
///   - result: batch x H x W x C; every element is written.
func convolutionInputVJPKernel(
  _ cotangent: UnsafeBufferPointer<Float>, filter: UnsafeBufferPointer<Float>, _ g: Convolution, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let out = g.outputChannels
  let k = g.patchLength
  let weights = Matrix(filter.baseAddress!, rows: k, columns: out)

  if g.window.isPointwise {
    let grid = TileGrid(rows: g.patches, columns: k)
    engine.forEach(grid.count) { index in
      let (rows, columns) = grid[index]
      matrixProduct(
        Matrix(cotangent.baseAddress! + rows.lowerBound * out, rows: rows.count, columns: out),
        Matrix(filter.baseAddress! + columns.lowerBound * out, rows: columns.count, columns: out).transposed,
        into: result.baseAddress! + rows.lowerBound * k + columns.lowerBound, stride: k)
    }
    return
  }

  let window = g.window
  let strips = TileGrid.cut(window.inputHeight, tiles: min(4, max(1, window.inputHeight / (2 * window.kernelHeight))))
  let rowLength = window.inputWidth * g.inputChannels
  engine.forEach(g.batch * strips.count) { index in
    let image = index / strips.count
    let strip = strips[index % strips.count]
    let target = result.baseAddress! + (image * window.inputHeight + strip.lowerBound) * rowLength
    target.update(repeating: 0, count: strip.count * rowLength)
    let outputRows = window.outputRows(touching: strip)
    guard !outputRows.isEmpty else { return }
    let pixels = outputRows.count * window.outputWidth
    withScratch(pixels * k, from: engine.pool) { patches in
      let first = (image * window.outputHeight + outputRows.lowerBound) * window.outputWidth
      matrixProduct(
        Matrix(cotangent.baseAddress! + first * out, rows: pixels, columns: out), weights.transposed,
        into: patches, stride: k)
      scatterPatches(patches, g, outputRows: outputRows, inputRows: strip, into: target)
    }
  }
}

/// W_bar = patches(x)^T y_bar, summed over fixed runs of patches and then over the runs.
///
/// - Parameters:
///   - result: kernel height x kernel width x C x O; every element is written.
func convolutionFilterVJPKernel(
  _ x: UnsafeBufferPointer<Float>, _ cotangent: UnsafeBufferPointer<Float>, _ g: Convolution, on engine: Engine,
  into result: UnsafeMutableBufferPointer<Float>
) {
  let out = g.outputChannels
  let k = g.patchLength
  sumOverRuns(of: g.patches, tiles: min(8, max(1, g.patches / 256)), count: k * out, on: engine, into: result) {
    _, run, sum in
    // A run is gathered in pieces: its whole matrix of patches would not stay in the cache.
    let piece = max(64, min(run.count, (1 << 18) / max(k, 1)))
    withScratch(piece * k, from: engine.pool) { patches in
      for start in stride(from: run.lowerBound, to: run.upperBound, by: piece) {
        let rows = start..<min(start + piece, run.upperBound)
        let gathered: UnsafePointer<Float>
        if g.window.isPointwise {
          gathered = x.baseAddress! + rows.lowerBound * k
        } else {
          gatherPatches(x, g, rows: rows, into: patches)
          gathered = UnsafePointer(patches)
        }
        matrixProduct(
          Matrix(gathered, rows: rows.count, columns: k).transposed,
          Matrix(cotangent.baseAddress! + rows.lowerBound * out, rows: rows.count, columns: out),
          into: sum, stride: out, accumulate: start != run.lowerBound)
      }
    }
  }
}

/// Writes the patches of the output pixels `rows` (counted over the whole batch), one after the other; outside of the
/// image they are 0.
private func gatherPatches(
  _ x: UnsafeBufferPointer<Float>, _ g: Convolution, rows: Range<Int>, into patches: UnsafeMutablePointer<Float>
) {
  let window = g.window
  let channels = g.inputChannels
  var patch = patches
  for pixel in rows {
    let image = pixel / window.outputPixels
    let row = pixel % window.outputPixels / window.outputWidth
    let column = pixel % window.outputWidth
    let kernelRows = window.kernelRows(at: row)
    let kernelColumns = window.kernelColumns(at: column)
    if kernelRows.count * kernelColumns.count < window.taps {
      patch.update(repeating: 0, count: g.patchLength)
    }
    let firstColumn = column * window.stride - window.left + kernelColumns.lowerBound
    for kernelRow in kernelRows {
      let inputRow = image * window.inputHeight + row * window.stride - window.top + kernelRow
      let source = x.baseAddress! + (inputRow * window.inputWidth + firstColumn) * channels
      let target = patch + (kernelRow * window.kernelWidth + kernelColumns.lowerBound) * channels
      target.update(from: source, count: kernelColumns.count * channels)
    }
    patch += g.patchLength
  }
}

/// Adds the patches of the output rows `outputRows` of one image to those of its input rows that lie in `inputRows`;
/// `target` is the first element of `inputRows`.
private func scatterPatches(
  _ patches: UnsafePointer<Float>, _ g: Convolution, outputRows: Range<Int>, inputRows: Range<Int>,
  into target: UnsafeMutablePointer<Float>
) {
  let window = g.window
  let channels = g.inputChannels
  var patch = patches
  for row in outputRows {
    for column in 0..<window.outputWidth {
      let kernelColumns = window.kernelColumns(at: column)
      let firstColumn = column * window.stride - window.left + kernelColumns.lowerBound
      for kernelRow in window.kernelRows(at: row) {
        let inputRow = row * window.stride - window.top + kernelRow
        guard inputRows.contains(inputRow) else { continue }
        let source = patch + (kernelRow * window.kernelWidth + kernelColumns.lowerBound) * channels
        let sum = target + ((inputRow - inputRows.lowerBound) * window.inputWidth + firstColumn) * channels
        for i in 0..<kernelColumns.count * channels { sum[i] += source[i] }
      }
      patch += g.patchLength
    }
  }
}
