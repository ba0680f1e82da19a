/// How the pixels of an image are put into square windows: Liu et al., "Swin Transformer", arXiv 2103.14030, section
/// 3.2.
///
/// The image is padded with zeros at the bottom and on the right to whole windows and then rolled up and to the left by
/// `shift` pixels, what leaves it there coming in again on the other side.
package struct WindowGrid: Hashable, Sendable {
  package let height: Int
  package let width: Int
  /// Height and width of a window.
  package let side: Int
  /// Rows that the image is rolled up; 0 where one window covers the height.
  package let rowShift: Int
  /// Columns that it is rolled to the left; 0 where one window covers the width.
  package let columnShift: Int

  package init(height: Int, width: Int, side: Int, shift: Int) {
    precondition(
      height > 0 && width > 0 && side > 0 && (0..<side).contains(shift),
      "WindowGrid: windows of \(side) x \(side), shifted by \(shift), of an image of \(height) x \(width)")
    self.height = height
    self.width = width
    self.side = side
    rowShift = side < height ? shift : 0
    columnShift = side < width ? shift : 0
  }

  /// Rows and columns of windows.
  package var rows: Int { (height + side - 1) / side }
  package var columns: Int { (width + side - 1) / side }
  package var count: Int { rows * columns }
  /// Pixels of a window.
  package var area: Int { side * side }

  /// [windows, area, area]: what is added to the scores of two pixels of a window. 0, but -100 where the roll alone
  /// made them neighbours, so that neither sees the other; nil where nothing is rolled.
  package func mask(in pool: BufferPool) -> Tensor? {
    guard rowShift > 0 || columnShift > 0 else { return nil }
    /// Which of the three strips a place along one axis of the rolled image belongs to.
    func strip(_ place: Int, _ length: Int, _ shift: Int) -> Int {
      shift == 0 || place < length - side ? 0 : place < length - shift ? 1 : 2
    }
    let (paddedHeight, paddedWidth) = (rows * side, columns * side)
    return Tensor([count, area, area], in: pool) { mask in
      for window in 0..<count {
        let regions = (0..<area).map { pixel in
          strip(window / columns * side + pixel / side, paddedHeight, rowShift) * 3
            + strip(window % columns * side + pixel % side, paddedWidth, columnShift)
        }
        for i in 0..<area {
          for j in 0..<area { mask[(window * area + i) * area + j] = regions[i] == regions[j] ? 0 : -100 }
        }
      }
    }
  }

  /// Calls `body` for each piece of a row of pixels that lies together both in its window and in the image.
  ///
  /// - Parameters:
  ///   - line: a row of a window, counted over the windows: window x side + row.
  ///   - body: told where the piece begins in the windows and in the image, in pixels, and how long it is; nil for the
  ///     image where it is padding.
  fileprivate func forEachPiece(ofLine line: Int, _ body: (_ place: Int, _ pixel: Int?, _ count: Int) -> Void) {
    let (window, row) = line.quotientAndRemainder(dividingBy: side)
    let paddedWidth = columns * side
    let y = (window / columns * side + row + rowShift) % (rows * side)
    var (done, x) = (0, (window % columns * side + columnShift) % paddedWidth)
    while done < side {
      let end = x < width ? width : paddedWidth
      let count = min(side - done, end - x)
      body(line * side + done, y < height && x < width ? y * width + x : nil, count)
      done += count
      x = (x + count) % paddedWidth
    }
  }
}

/// The pixels of an image, window by window.
///
/// - x: [N, H, W, C] of the grid's height and width; result: [N windows, side, side, C], an image's windows in rows
///   from the top left; zeros where the image was padded.
/// - VJP: `joinWindows` of y_bar. Keeps nothing.
package func splitWindows(_ x: Variable, _ grid: WindowGrid) -> Variable {
  precondition(
    x.shape.rank == 4 && x.shape[1] == grid.height && x.shape[2] == grid.width,
    "splitWindows: x must be [N, \(grid.height), \(grid.width), C], got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("splitWindows: x is not on a tape") }
  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in joined(cotangent, grid, on: pass.engine) }
  return tape.record(split(x.value, grid, on: tape.engine), pullbacks)
}

/// The image whose pixels were put into windows: the inverse of `splitWindows`.
///
/// - x: [N windows, side, side, C]; result: [N, H, W, C]. What stands where the image was padded is dropped.
/// - VJP: `splitWindows` of y_bar. Keeps nothing.
package func joinWindows(_ x: Variable, _ grid: WindowGrid) -> Variable {
  precondition(
    x.shape.rank == 4 && x.shape[0] % grid.count == 0 && x.shape[1] == grid.side && x.shape[2] == grid.side,
    "joinWindows: x must be [a multiple of \(grid.count), \(grid.side), \(grid.side), C], got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("joinWindows: x is not on a tape") }
  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in split(cotangent, grid, on: pass.engine) }
  return tape.record(joined(x.value, grid, on: tape.engine), pullbacks)
}

private func split(_ x: Tensor, _ grid: WindowGrid, on engine: Engine) -> Tensor {
  let (batch, channels) = (x.shape[0], x.shape[3])
  return Tensor([batch * grid.count, grid.side, grid.side, channels], in: engine.pool) { windows in
    let windows = windows.baseAddress!
    x.withElements { image in
      forEachLine(of: grid, batch: batch, channels: channels, on: engine) { image0, windows0, line in
        grid.forEachPiece(ofLine: line) { place, pixel, count in
          let target = windows + (windows0 + place) * channels
          if let pixel {
            target.update(from: image.baseAddress! + (image0 + pixel) * channels, count: count * channels)
          } else {
            target.update(repeating: 0, count: count * channels)
          }
        }
      }
    }
  }
}

private func joined(_ x: Tensor, _ grid: WindowGrid, on engine: Engine) -> Tensor {
  let (batch, channels) = (x.shape[0] / grid.count, x.shape[3])
  return Tensor([batch, grid.height, grid.width, channels], in: engine.pool) { image in
    let image = image.baseAddress!
    x.withElements { windows in
      forEachLine(of: grid, batch: batch, channels: channels, on: engine) { image0, windows0, line in
        grid.forEachPiece(ofLine: line) { place, pixel, count in
          guard let pixel else { return }
          (image + (image0 + pixel) * channels).update(
            from: windows.baseAddress! + (windows0 + place) * channels, count: count * channels)
        }
      }
    }
  }
}

/// Calls `body` for each row of pixels of each window of a batch, with the pixel at which its image begins in the batch
/// and in the windows.
private func forEachLine(
  of grid: WindowGrid, batch: Int, channels: Int, on engine: Engine,
  _ body: (_ image: Int, _ windows: Int, _ line: Int) -> Void
) {
  let lines = grid.count * grid.side
  forEachRun(of: batch * lines, shortest: rowsWorthATask(columns: grid.side * channels), on: engine) { run in
    for index in run {
      let (image, line) = index.quotientAndRemainder(dividingBy: lines)
      body(image * grid.height * grid.width, image * grid.count * grid.area, line)
    }
  }
}
