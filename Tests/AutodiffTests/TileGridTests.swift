import TestSupport
import Testing

@testable import Autodiff

@Suite("Matrix product and its tiles")
struct TileGridTests {
  @Test(
    "every element belongs to one tile",
    arguments: [1, 7, 255, 256, 257, 1000, 12544], [1, 16, 63, 64, 127, 128, 130, 1000])
  func covers(_ rows: Int, _ columns: Int) {
    let grid = TileGrid(rows: rows, columns: columns)
    #expect(grid.rowTiles.flatMap { Array($0) } == Array(0..<rows))
    #expect(grid.columnTiles.flatMap { Array($0) } == Array(0..<columns))
    #expect((0..<grid.count).reduce(0) { $0 + grid[$1].rows.count * grid[$1].columns.count } == rows * columns)
    #expect((1...8).contains(grid.count))
  }

  @Test("cuts into at most the runs asked for, multiples long; nothing into none")
  func cuts() {
    #expect(TileGrid.cut(10, tiles: 3) == [0..<4, 4..<8, 8..<10])
    #expect(TileGrid.cut(40, tiles: 3, multiple: 16) == [0..<16, 16..<32, 32..<40])
    #expect(TileGrid.cut(3, tiles: 8) == [0..<1, 1..<2, 2..<3])
    #expect(TileGrid.cut(0, tiles: 0) == [])
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
