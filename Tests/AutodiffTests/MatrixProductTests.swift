import TestSupport
import Testing

@testable import Autodiff

@Suite("Matrix product and runs of work")
struct MatrixProductTests {
  @Test("cuts into at most the runs asked for, multiples long; nothing into none")
  func cuts() {
    #expect(cutIntoRuns(10, tiles: 3) == [0..<4, 4..<8, 8..<10])
    #expect(cutIntoRuns(40, tiles: 3, multiple: 16) == [0..<16, 16..<32, 32..<40])
    #expect(cutIntoRuns(3, tiles: 8) == [0..<1, 1..<2, 2..<3])
    #expect(cutIntoRuns(0, tiles: 0) == [])
  }

  @Test("multiplies strided and transposed matrices, writing or adding", arguments: [false, true], [false, true])
  func multiplies(_ transposeA: Bool, _ transposeB: Bool) {
    // A = [1 2 3; 4 5 6], B = [1 0; 0 1; 2 -1]: A B = [7 -1; 16 -1]. Rows are one element longer than the matrix is
    // wide.
    let a: [Float] = transposeA ? [1, 4, .nan, 2, 5, .nan, 3, 6, .nan] : [1, 2, 3, .nan, 4, 5, 6, .nan]
    let b: [Float] = transposeB ? [1, 0, 2, .nan, 0, 1, -1, .nan] : [1, 0, .nan, 0, 1, .nan, 2, -1, .nan]
    var c: [Float] = [.nan, .nan, 9, .nan, .nan, 9]
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        let left = Matrix(
          a.baseAddress!, rows: transposeA ? 3 : 2, columns: transposeA ? 2 : 3, stride: transposeA ? 3 : 4)
        let right = Matrix(
          b.baseAddress!, rows: transposeB ? 2 : 3, columns: transposeB ? 3 : 2, stride: transposeB ? 4 : 3)
        for accumulate in [false, true] {
          matrixProduct(
            transposeA ? left.transposed : left, transposeB ? right.transposed : right, into: &c, stride: 3,
            accumulate: accumulate)
        }
      }
    }
    #expect(c == [14, -2, 9, 32, -2, 9])
  }
}
