import CKernels
import TestSupport
import Testing

@testable import Autodiff

@Suite("Matrix product")
struct MatrixProductTests {
  /// Rows, columns, depth: ends of tiles, of panels and of each block.
  static let extents = [
    (1, 1, 1), (2, 3, 5), (14, 32, 7), (15, 33, 40), (113, 16, 12), (130, 550, 3), (9, 20, 300), (64, 48, 512),
  ]

  @Test(
    "agrees with three loops in Double, whichever operand is transposed, writing or adding", arguments: extents,
    [(false, false), (true, false), (false, true), (true, true)])
  func agreesWithDefinition(_ extents: (Int, Int, Int), _ transposed: (Bool, Bool)) {
    let (rows, columns, depth) = extents
    var random = SplitMix64(seed: 31)
    // Rows are one element longer than the matrices are wide, and the elements between them poisoned.
    func operand(_ rows: Int, _ columns: Int, _ isTransposed: Bool) -> (elements: [Float], row: Int, column: Int) {
      let (high, wide) = isTransposed ? (columns, rows) : (rows, columns)
      var elements = random.units(high * (wide + 1))
      for row in 0..<high { elements[row * (wide + 1) + wide] = .nan }
      return isTransposed ? (elements, 1, wide + 1) : (elements, wide + 1, 1)
    }
    let a = operand(rows, depth, transposed.0)
    let b = operand(depth, columns, transposed.1)
    let start = random.units(rows * (columns + 1))
    let kernels = Kernels.dense.pointee

    for accumulates in [false, true] {
      var c = accumulates ? start : [Float](repeating: .nan, count: start.count)
      withScratch(kernels.product_scratch_count(rows, columns, depth), from: BufferPool(poison: true)) { scratch in
        a.elements.withUnsafeBufferPointer { left in
          b.elements.withUnsafeBufferPointer { right in
            kernels.product(
              rows, columns, depth, gaze_matrix(elements: left.baseAddress, row_stride: a.row, column_stride: a.column),
              gaze_matrix(elements: right.baseAddress, row_stride: b.row, column_stride: b.column), accumulates,
              scratch,
              &c, columns + 1)
          }
        }
      }
      var expected = [Double]()
      for i in 0..<rows {
        for j in 0..<columns {
          expected.append(accumulates ? Double(start[i * (columns + 1) + j]) : 0)
          for k in 0..<depth {
            expected[expected.count - 1] +=
              Double(a.elements[i * a.row + k * a.column]) * Double(b.elements[k * b.row + j * b.column])
          }
        }
      }
      let values = (0..<rows).flatMap { c[$0 * (columns + 1)..<$0 * (columns + 1) + columns] }
      #expect(relativeError(of: values, from: expected) < 2e-6)
      let between = (0..<rows).map { c[$0 * (columns + 1) + columns] }
      #expect(zip(between, 0..<rows).allSatisfy { accumulates ? $0 == start[$1 * (columns + 1) + columns] : $0.isNaN })
    }
  }

  @Test("runs make up the length: at most as many as asked for, multiples long; nothing is cut into none")
  func cuts() {
    #expect(cutIntoRuns(10, tiles: 3) == [0..<4, 4..<8, 8..<10])
    #expect(cutIntoRuns(40, tiles: 3, multiple: 16) == [0..<16, 16..<32, 32..<40])
    #expect(cutIntoRuns(3, tiles: 8) == [0..<1, 1..<2, 2..<3])
    #expect(cutIntoRuns(0, tiles: 0) == [])
  }
}
