import Autodiff
import Foundation
import TestSupport
import Testing

/// What Swin Transformers and ConvNeXt V2 are made of besides attention.
@Suite("Windows, patches, distances, cosines and responses")
struct SwinOperationTests {
  let engine = poisonedEngine()

  @Test("windows are numbered in rows, pixels within them likewise; what was padded is 0")
  func splits() {
    // 3 x 5 pixels in windows of 2 x 2: one row and one column are missing.
    let x = Tensor([1, 3, 5, 1], (1...15).map(Float.init), in: engine.pool)
    let grid = WindowGrid(height: 3, width: 5, side: 2, shift: 0)
    let tape = Tape(engine: engine)
    let windows = splitWindows(tape.constant(x), grid)
    #expect(windows.shape == [6, 2, 2, 1])
    #expect(
      windows.value.elements == [
        1, 2, 6, 7, 3, 4, 8, 9, 5, 0, 10, 0,
        11, 12, 0, 0, 13, 14, 0, 0, 15, 0, 0, 0,
      ])
    #expect(joinWindows(windows, grid).value.elements == x.elements)
    #expect(grid.mask(in: engine.pool) == nil)
  }

  @Test("a shifted image comes in again on the other side, and the mask keeps such neighbours apart")
  func shifts() throws {
    let x = Tensor([1, 4, 4, 1], (1...16).map(Float.init), in: engine.pool)
    let grid = WindowGrid(height: 4, width: 4, side: 2, shift: 1)
    let tape = Tape(engine: engine)
    let windows = splitWindows(tape.constant(x), grid)
    #expect(windows.value.elements == [6, 7, 10, 11, 8, 5, 12, 9, 14, 15, 2, 3, 16, 13, 4, 1])
    #expect(joinWindows(windows, grid).value.elements == x.elements)
    let mask = try #require(grid.mask(in: engine.pool))
    #expect(mask.shape == [4, 4, 4])
    // The first window is whole; in the second the left column and the right one are strangers; in the last all are.
    let apart = Array(mask.elements.map { $0 == -100 })
    #expect(!apart[..<16].contains(true))
    #expect(apart[16..<20] == [false, true, false, true])
    #expect(apart[48..<52] == [false, true, true, true])
  }

  @Test("an axis that one window covers is not shifted")
  func coversWhole() {
    let grid = WindowGrid(height: 2, width: 4, side: 2, shift: 1)
    #expect(grid.rowShift == 0 && grid.columnShift == 1)
    #expect(WindowGrid(height: 7, width: 7, side: 7, shift: 3).mask(in: engine.pool) == nil)
    // Fewer pixels than a window has: padded, not shifted.
    #expect(WindowGrid(height: 3, width: 3, side: 7, shift: 3).rowShift == 0)
  }

  @Test("2 x 2 pixels become one, column by column; odd extents are filled up")
  func merges() {
    let x = Tensor([1, 3, 2, 2], (1...12).map(Float.init), in: engine.pool)
    let tape = Tape(engine: engine)
    let y = mergePatches(tape.constant(x))
    #expect(y.shape == [1, 2, 1, 8])
    #expect(y.value.elements == [1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 0, 0, 11, 12, 0, 0])
  }

  @Test("the bias of two pixels is the table's at the rows and columns between them")
  func bias() {
    // One head, windows of 2 x 2: nine distances, of which (1, 0) is at 3 * 2 + 1 = 7.
    let table = Tensor([9, 1], (0..<9).map(Float.init), in: engine.pool)
    let seed = Tensor([1, 4, 4], [Float](repeating: 1, count: 16), in: engine.pool)
    let result = evaluate([table], seed: seed, on: engine) { relativePositionBias($0[0], side: 2) }
    #expect(result.value == [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4])
    #expect(result.cotangents == [[1, 2, 1, 2, 4, 2, 1, 2, 1]])
  }

  @Test("queries and keys get length 1 and the head's factor, at most 100; values stay")
  func cosines() {
    // Two heads of two channels.
    let x = Tensor([1, 12], [3, 4, 0, 2, 6, 8, 5, 0, 7, 8, 9, 10], in: engine.pool)
    let l = Tensor([2], [0, 7], in: engine.pool)
    let tape = Tape(engine: engine)
    let y = cosineQueries(tape.constant(x), logarithmOfScale: .constant(l)).value.elements
    #expect(relativeError(of: y, from: [0.6, 0.8, 0, 100, 0.6, 0.8, 1, 0, 7, 8, 9, 10]) < 1e-6)
    // A factor that is held at 100 does not follow its logarithm.
    let seed = Tensor([1, 12], [Float](repeating: 1, count: 12), in: engine.pool)
    let result = evaluate([x, l], seed: seed, on: engine) { cosineQueries($0[0], logarithmOfScale: $0[1]) }
    #expect(relativeError(of: result.cotangents[1], from: [1.4, 0]) < 1e-6)
  }

  @Test("a query of length 0 stays 0 and its cotangent is finite")
  func noLength() {
    let x = Tensor([1, 3], [0, 2, 3], in: engine.pool)
    let result = evaluate([x], on: engine) {
      cosineQueries($0[0], logarithmOfScale: .constant(Tensor([1], [0], in: engine.pool)))
    }
    #expect(result.value == [0, 1, 3])
    #expect(result.cotangents[0].allSatisfy { $0.isFinite })
  }

  @Test("a channel's response is its norm over the image as a share of the mean of all norms")
  func responses() {
    // Norms 5 and 0.
    let x = Tensor([1, 1, 2, 2], [3, 0, 4, 0], in: engine.pool)
    let (scale, shift) = (Tensor([2], [1, 1], in: engine.pool), Tensor([2], [0, 10], in: engine.pool))
    let result = evaluate([x, scale, shift], on: engine) {
      globalResponseNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 0)
    }
    #expect(result.value == [9, 10, 12, 10])
    #expect(result.cotangents.allSatisfy { $0.allSatisfy { $0.isFinite } })
  }
}

extension TrainedOperation {
  static let swin = [
    TrainedOperation(
      "globalResponseNormalization", [[2, 3, 4, 5], [5], [5]], .identity,
      { globalResponseNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-2) },
      definition: { inputs in
        let x = inputs[0]
        let norms = (0..<10).map { (place: Int) -> Double in
          let (image, c) = (place / 5, place % 5)
          return (0..<12).reduce(0.0) { $0 + x[image * 60 + $1 * 5 + c] * x[image * 60 + $1 * 5 + c] }.squareRoot()
        }
        return x.indices.map { (place: Int) -> Double in
          let (image, c) = (place / 60, place % 5)
          let mean = norms[image * 5..<image * 5 + 5].reduce(0, +) / 5
          return x[place] * (1 + inputs[1][c] * norms[image * 5 + c] / (mean + 1e-2)) + inputs[2][c]
        }
      }),
    TrainedOperation(
      "cosineQueries", [[3, 2, 60], [2]], .identity, { cosineQueries($0[0], logarithmOfScale: $0[1]) },
      definition: { inputs in
        let x = inputs[0]
        return x.indices.map { (place: Int) -> Double in
          let column = place % 60
          if column >= 40 { return x[place] }
          let head = place / 10 * 10
          let length = x[head..<head + 10].reduce(0.0) { $0 + $1 * $1 }.squareRoot()
          return x[place] / length * (column < 20 ? exp(inputs[1][column / 10]) : 1)
        }
      }),
  ]
}
