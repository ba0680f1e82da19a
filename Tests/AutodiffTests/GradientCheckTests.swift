import Autodiff
import Foundation
import TestSupport
import Testing

/// An operation that a network can be trained through, and its definition in Double.
struct TrainedOperation: Sendable, CustomStringConvertible {
  let description: String
  let shapes: [Shape]
  /// What is applied to the definition's results, and whose kinks the seed avoids.
  let activation: Activation
  let apply: @Sendable ([Variable]) -> Variable
  let definition: @Sendable ([[Double]]) -> [Double]

  init(
    _ description: String, _ shapes: [Shape], _ activation: Activation = .identity,
    _ apply: @escaping @Sendable ([Variable]) -> Variable, definition: @escaping @Sendable ([[Double]]) -> [Double]
  ) {
    self.description = description
    self.shapes = shapes
    self.activation = activation
    self.apply = apply
    self.definition = definition
  }
}

/// Central differences in Double against the pullbacks, for every input of every operation that weights are trained
/// through.
@Suite("Gradient checks")
struct GradientCheckTests {
  @Test("central differences of the definition are the cotangents", arguments: TrainedOperation.all)
  func holds(_ operation: TrainedOperation) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 61)
    let inputs = operation.shapes.map { shape in random.units(shape.count).map { 1.5 * $0 } }
    let exact = inputs.map { $0.map(Double.init) }
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 3)))
    let variables = zip(inputs, operation.shapes).map { tape.watch(Tensor($1, $0, in: engine.pool)) }
    let y = operation.apply(variables)
    let z = operation.definition(exact)
    #expect(relativeError(of: y.value.elements, from: z.map(operation.activation.reference)) < 1e-5)

    // Where a difference would step over a kink there is no derivative to compare with.
    let seed = zip(z, random.units(z.count)).map { z, s in
      operation.activation.kinks.contains { abs(z - $0) < 1e-2 } ? 0 : s
    }
    let cotangents = tape.cotangents(of: y, seed: Tensor(y.shape, seed, in: engine.pool), at: variables)
    func loss(_ inputs: [[Double]]) -> Double {
      zip(operation.definition(inputs), seed).reduce(0) { $0 + operation.activation.reference($1.0) * Double($1.1) }
    }

    for (index, cotangent) in cotangents.map(\.elements).enumerated() {
      // Every element by itself where there are few, else directions at random.
      let count = cotangent.count
      let directions: [[Double]] =
        count <= 250
        ? (0..<count).map { place in (0..<count).map { $0 == place ? 1 : 0 } }
        : (0..<12).map { _ in random.units(count).map(Double.init) }
      let step = 1e-5
      let differences = directions.map { direction in
        func moved(_ amount: Double) -> [[Double]] {
          var moved = exact
          for i in 0..<count { moved[index][i] += amount * direction[i] }
          return moved
        }
        return (loss(moved(step)) - loss(moved(-step))) / (2 * step)
      }
      let slopes = directions.map { direction in
        Float(zip(direction, cotangent).reduce(0) { $0 + $1.0 * Double($1.1) })
      }
      #expect(differences.contains { abs($0) > 1e-3 }, "input \(index) moves nothing")
      #expect(relativeError(of: slopes, from: differences) < 1e-5, "input \(index)")
    }
  }

  @Test("an operation tracked in one input alone gives that input the same cotangent", arguments: TrainedOperation.all)
  func eachInputByItself(_ operation: TrainedOperation) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 62)
    let inputs = operation.shapes.map { random.tensor($0, in: engine.pool) }
    func cotangents(watching watched: Range<Int>) -> [[Float]] {
      let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 3)))
      let variables = inputs.enumerated().map { watched.contains($0) ? tape.watch($1) : tape.constant($1) }
      let y = operation.apply(variables)
      var random = SplitMix64(seed: 63)
      return tape.cotangents(of: y, seed: random.tensor(y.shape, in: engine.pool), at: Array(variables[watched])).map(
        \.elements)
    }
    let together = cotangents(watching: 0..<inputs.count)
    for index in inputs.indices {
      #expect(cotangents(watching: index..<index + 1)[0] == together[index], "input \(index)")
    }
  }

  @Test("the same bits at any number of threads", arguments: TrainedOperation.all)
  func ignoresThreadCount(_ operation: TrainedOperation) {
    let results = [1, 2, 5].map { threads in
      let engine = poisonedEngine(threads: threads)
      var random = SplitMix64(seed: 64)
      let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 3)))
      let variables = operation.shapes.map { tape.watch(random.tensor($0, in: engine.pool)) }
      let y = operation.apply(variables)
      let cotangents = tape.cotangents(of: y, seed: random.tensor(y.shape, in: engine.pool), at: variables)
      return Evaluation(value: y.value.elements, cotangents: cotangents.map(\.elements))
    }
    #expect(haveSameBits(results))
  }
}
