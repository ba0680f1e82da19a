import Images

/// How a grid of cells is stretched over pixels, bilinear.
package enum Upsampling: String, Hashable, Sendable, CaseIterable {
  /// Cells and pixels are areas: pixel x reads the grid at (x + ½) · cells / pixels − ½, edges clamped. PyTorch's
  /// `align_corners=False`.
  case halfPixel = "half-pixel"
  /// The outermost pixels' centres are the outermost cells' centres: x · (cells − 1) / (pixels − 1). PyTorch's
  /// `align_corners=True`.
  case corners
}

/// Stretches grids of cells over a window of pixels, the same geometry many times: rows and columns are worked out
/// once.
struct CellStretch: Sendable {
  let width: Int
  let height: Int
  private let cellColumns: Int
  private let cellRows: Int
  private let columns: [BilinearTap]
  private let rows: [BilinearTap]

  /// From `cellColumns` x `cellRows` cells to `width` x `height` pixels.
  init(cellColumns: Int, cellRows: Int, width: Int, height: Int, by upsampling: Upsampling) {
    self.init(
      cellColumns: cellColumns, cellRows: cellRows, width: width, height: height,
      x: Self.positions(width, cells: cellColumns, upsampling), y: Self.positions(height, cells: cellRows, upsampling))
  }

  /// The pixels from (`left`, `top`) on of a picture of `pictureWidth` x `pictureHeight` over which `cells` x `cells`
  /// cells are stretched (half-pixel centres, edges clamped).
  init(
    cells: Int, pictureWidth: Int, pictureHeight: Int, left: Int, top: Int, width: Int, height: Int
  ) {
    let x = Self.positions(pictureWidth, cells: cells, .halfPixel)
    let y = Self.positions(pictureHeight, cells: cells, .halfPixel)
    self.init(
      cellColumns: cells, cellRows: cells, width: width, height: height, x: Array(x[left..<left + width]),
      y: Array(y[top..<top + height]))
  }

  private init(cellColumns: Int, cellRows: Int, width: Int, height: Int, x: [Double], y: [Double]) {
    self.width = width
    self.height = height
    self.cellColumns = cellColumns
    self.cellRows = cellRows
    columns = x.map { BilinearTap(at: $0, of: cellColumns) }
    rows = y.map { BilinearTap(at: $0, of: cellRows) }
  }

  private static func positions(_ count: Int, cells: Int, _ upsampling: Upsampling) -> [Double] {
    switch upsampling {
    case .halfPixel: (0..<count).map { (Double($0) + 0.5) * Double(cells) / Double(count) - 0.5 }
    case .corners: (0..<count).map { Double($0) * Double(cells - 1) / Double(max(count - 1, 1)) }
    }
  }

  /// Writes the stretched grid: first each of its rows along x, then between two of them for each row of pixels, so
  /// that a pixel costs two products.
  ///
  /// - Parameters:
  ///   - cells: `cellRows` x `cellColumns` values.
  ///   - pixels: `height` x `width` values, all written.
  func callAsFunction(_ cells: UnsafeBufferPointer<Float>, into pixels: UnsafeMutablePointer<Float>) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: cellRows * width) { lines in
      let lines = lines.baseAddress!
      for row in 0..<cellRows {
        let source = cells.baseAddress! + row * cellColumns
        let line = lines + row * width
        for (x, tap) in columns.enumerated() {
          (line + x).initialize(to: mix(source[tap.cell], source[tap.cell + tap.step], tap.fraction))
        }
      }
      for (y, tap) in rows.enumerated() {
        let upper = lines + tap.cell * width
        let lower = lines + (tap.cell + tap.step) * width
        let (far, near) = (tap.fraction, 1 - tap.fraction)
        let target = pixels + y * width
        for x in 0..<width { (target + x).initialize(to: upper[x] * near + lower[x] * far) }
      }
    }
  }
}

/// Writes `image` times `mask`, the mask the same for each channel of a pixel.
func multiply(
  _ image: UnsafePointer<Float>, by mask: UnsafePointer<Float>, pixels: Int, channels: Int,
  into product: UnsafeMutablePointer<Float>
) {
  if channels == 3 {
    for pixel in 0..<pixels {
      let value = mask[pixel]
      product[3 * pixel] = image[3 * pixel] * value
      product[3 * pixel + 1] = image[3 * pixel + 1] * value
      product[3 * pixel + 2] = image[3 * pixel + 2] * value
    }
  } else {
    for pixel in 0..<pixels {
      for index in pixel * channels..<(pixel + 1) * channels { product[index] = image[index] * mask[pixel] }
    }
  }
}
