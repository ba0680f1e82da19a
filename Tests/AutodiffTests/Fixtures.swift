import Autodiff
import TestSupport

/// An engine whose memory arrives filled with NaN, so that an element which a kernel forgets is seen.
func poisonedEngine(threads: Int = 2) -> Engine {
  Engine(pool: BufferPool(poison: true), threadCount: threads)
}

extension SplitMix64 {
  /// A tensor of floats in [-1, 1).
  mutating func tensor(_ shape: Shape, in pool: BufferPool) -> Tensor {
    Tensor(shape, units(shape.count), in: pool)
  }
}

/// An operation, as a function of all its inputs.
typealias Operation = ([Variable]) -> Variable

/// What an operation gives: its value, and the cotangent of each input.
struct Evaluation: Equatable {
  let value: [Float]
  let cotangents: [[Float]]
}

/// Runs `operation` with every input watched and pulls `seed` back to all of them. Without a seed, a cotangent is
/// drawn.
func evaluate(
  _ inputs: [Tensor], seed: Tensor? = nil, rule: ReLURule = .exact, on engine: Engine, _ operation: Operation
) -> Evaluation {
  let tape = Tape(engine: engine)
  let variables = inputs.map { tape.watch($0) }
  let y = operation(variables)
  var random = SplitMix64(seed: 77)
  let seed = seed ?? random.tensor(y.shape, in: engine.pool)
  let cotangents = tape.cotangents(of: y, seed: seed, at: variables, rule: rule)
  return Evaluation(value: y.value.elements, cotangents: cotangents.map(\.elements))
}

/// Runs `operation` once on an engine of each number of threads, with the same random inputs of the given shapes.
func evaluateAtEveryThreadCount(shapes: [Shape], _ operation: Operation) -> [Evaluation] {
  [1, 2, 5].map { threads in
    let engine = poisonedEngine(threads: threads)
    var random = SplitMix64(seed: 5)
    let inputs = shapes.map { random.tensor($0, in: engine.pool) }
    return evaluate(inputs, on: engine, operation)
  }
}

/// Whether all evaluations are equal as bits, not as values: -0 differs from 0, and NaN equals itself. A Bool, so that
/// a failure does not print every element.
func haveSameBits(_ evaluations: [Evaluation]) -> Bool {
  let bits = evaluations.map { evaluation in
    ([evaluation.value] + evaluation.cotangents).map { $0.map(\.bitPattern) }
  }
  return bits.allSatisfy { $0 == bits[0] }
}

extension Tensor {
  /// A row of values, [1, count].
  static func row(_ values: [Float], in pool: BufferPool) -> Tensor { Tensor([1, values.count], values, in: pool) }
}
