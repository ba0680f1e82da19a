import COpenBLAS

/// A dense row-major matrix in memory: `rows` x `columns`, rows `stride` elements apart; or its transpose.
struct Matrix {
  let base: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let stride: Int
  private(set) var isTransposed = false

  init(_ base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// The same memory read as columns x rows.
  var transposed: Matrix {
    var matrix = self
    matrix.isTransposed.toggle()
    return matrix
  }

  /// Rows and columns as they enter a product.
  fileprivate var extents: (rows: Int, columns: Int) { isTransposed ? (columns, rows) : (rows, columns) }
}

/// C = A B, or C += A B if `accumulate`. One call of OpenBLAS's sgemm, on the calling thread.
///
/// - Parameters:
///   - c: rows of A x columns of B, rows `cStride` elements apart.
func matrixProduct(
  _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>, stride cStride: Int, accumulate: Bool = false
) {
  precondition(a.extents.columns == b.extents.rows, "matrixProduct: \(a.extents) times \(b.extents)")
  cblas_sgemm(
    CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
    blasint(a.extents.rows), blasint(b.extents.columns), blasint(a.extents.columns), 1, a.base, blasint(a.stride),
    b.base, blasint(b.stride), accumulate ? 1 : 0, c, blasint(cStride))
}

/// How a result of `rows` x `columns` is cut into tasks: by rows if there are many, else by columns. Follows from the
/// extents alone, so that the sums are formed in the same way at any number of threads.
struct TileGrid {
  let rowTiles: [Range<Int>]
  let columnTiles: [Range<Int>]

  init(rows: Int, columns: Int, mostTiles: Int = 8) {
    if rows >= 256 {
      rowTiles = Self.cut(rows, tiles: min(mostTiles, rows / 128), multiple: 16)
      columnTiles = [0..<columns]
    } else {
      rowTiles = [0..<rows]
      columnTiles = Self.cut(columns, tiles: max(1, min(mostTiles / 2, columns / 64)), multiple: 16)
    }
  }

  var count: Int { rowTiles.count * columnTiles.count }
  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (rowTiles[index / columnTiles.count], columnTiles[index % columnTiles.count])
  }

  /// `length` in at most `tiles` runs, all but the last a multiple of `multiple` long; no run at all for a length of 0.
  static func cut(_ length: Int, tiles: Int, multiple: Int = 1) -> [Range<Int>] {
    guard length > 0 else { return [] }
    let even = (length + tiles - 1) / tiles
    let step = max(multiple, (even + multiple - 1) / multiple * multiple)
    return stride(from: 0, to: length, by: step).map { $0..<min($0 + step, length) }
  }
}
