import COpenBLAS

/// A row-major matrix in memory: `rows` x `columns`, rows `stride` elements apart; or its transpose.
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

/// C = scale A B, or C += scale A B if `accumulate`. One call of OpenBLAS's sgemm, on the calling thread.
///
/// - Parameters:
///   - c: rows of A x columns of B, rows `cStride` elements apart.
func matrixProduct(
  _ a: Matrix, _ b: Matrix, scale: Float = 1, into c: UnsafeMutablePointer<Float>, stride cStride: Int,
  accumulate: Bool = false
) {
  precondition(a.extents.columns == b.extents.rows, "matrixProduct: \(a.extents) times \(b.extents)")
  cblas_sgemm(
    CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
    blasint(a.extents.rows), blasint(b.extents.columns), blasint(a.extents.columns), scale, a.base,
    blasint(a.stride), b.base, blasint(b.stride), accumulate ? 1 : 0, c, blasint(cStride))
}
