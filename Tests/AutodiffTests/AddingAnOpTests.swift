import Foundation
import TestSupport
import Testing

@testable import Autodiff

// The worked example of docs/architecture.md, "Adding an op". It lives among the tests, since no network uses it.

/// y[n, h, w, c] = x[n, H - 1 - h, w, c]: each image upside down.
///
/// - x: [N, H, W, C]; result: the shape of x.
/// - VJP: x_bar[n, h, w, c] = y_bar[n, H - 1 - h, w, c]: the cotangent upside down. Keeps nothing.
func upsideDown(_ x: Variable) -> Variable {
  precondition(x.shape.rank == 4, "upsideDown: x must be NHWC, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("upsideDown: x is not on a tape") }

  let y = Tensor(x.shape, in: tape.engine.pool) { y in
    x.value.withElements { upsideDownKernel($0, shape: x.shape, on: tape.engine, into: y) }
  }

  var pullbacks = Pullbacks()
  let shape = x.shape
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(shape, in: pass.engine.pool) { result in
      cotangent.withElements { upsideDownKernel($0, shape: shape, on: pass.engine, into: result) }
    }
  }
  return tape.record(y, pullbacks)
}

/// A task is a run of rows of the result.
private func upsideDownKernel(
  _ x: UnsafeBufferPointer<Float>, shape: Shape, on engine: Engine, into y: UnsafeMutableBufferPointer<Float>
) {
  let (height, rowLength) = (shape[1], shape[2] * shape[3])
  forEachRun(of: shape[0] * height, shortest: rowsWorthATask(columns: rowLength), on: engine) { rows in
    for row in rows {
      let source = row / height * height + height - 1 - row % height
      (y.baseAddress! + row * rowLength).update(from: x.baseAddress! + source * rowLength, count: rowLength)
    }
  }
}

@Suite("Adding an op")
struct AddingAnOpTests {
  @Test("the definition, by a literal; the cotangent goes back to where the value came from")
  func literal() {
    let engine = poisonedEngine()
    let x = Tensor([2, 3, 1, 1], [1, 2, 3, 4, 5, 6], in: engine.pool)
    let seed = Tensor([2, 3, 1, 1], [10, 20, 30, 40, 50, 60], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { upsideDown($0[0]) }
    #expect(result == Evaluation(value: [3, 2, 1, 6, 5, 4], cotangents: [[30, 20, 10, 60, 50, 40]]))
  }

  @Test("the adjoint identity <f(x), y_bar> = <x, VJP(y_bar)>, and the same bits at every number of threads")
  func adjoint() {
    let shape: Shape = [2, 37, 41, 33]
    let evaluations = evaluateAtEveryThreadCount(shapes: [shape]) { upsideDown($0[0]) }
    #expect(haveSameBits(evaluations))

    let engine = poisonedEngine()
    var random = SplitMix64(seed: 12)
    let (x, seed) = (random.tensor(shape, in: engine.pool), random.tensor(shape, in: engine.pool))
    let result = evaluate([x], seed: seed, on: engine) { upsideDown($0[0]) }
    let (left, right) = (dot(result.value, seed.elements), dot(x.elements, result.cotangents[0]))
    #expect(abs(left - right) <= 1e-9 * dot(seed.elements, seed.elements))
  }

  @Test("docs/architecture.md shows this op as it is compiled here")
  func documented() throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let document = try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
    let source = try String(contentsOf: here, encoding: .utf8)
    let first = try #require(source.range(of: "/// y[n, h, w, c]"))
    let end = try #require(source.range(of: "\n}\n", range: first.lowerBound..<source.endIndex))
    #expect(document.contains(source[first.lowerBound..<end.upperBound]))
  }

  @Test("of a constant nothing is recorded")
  func constant() {
    let engine = poisonedEngine()
    #expect(!upsideDown(Tape(engine: engine).constant(.zeros([1, 2, 2, 1], in: engine.pool))).isTracked)
  }
}
