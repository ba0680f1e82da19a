import Autodiff
import TestSupport
import Testing

/// An operation that is affine in each of its inputs by itself.
struct AffineOperation: Sendable, CustomStringConvertible {
  let description: String
  let shapes: [Shape]
  let apply: @Sendable ([Variable]) -> Variable

  init(_ description: String, _ shapes: [Shape], _ apply: @escaping @Sendable ([Variable]) -> Variable) {
    self.description = description
    self.shapes = shapes
    self.apply = apply
  }
}

@Suite("Adjoint identity")
struct AdjointTests {
  static let operations = [
    AffineOperation("convolution", [[2, 7, 9, 3], [3, 3, 3, 8], [8]]) {
      convolution($0[0], filter: $0[1], bias: $0[2], stride: 2, padding: .same)
    },
    AffineOperation("pointwise convolution", [[2, 12, 13, 7], [1, 1, 7, 17]]) { convolution($0[0], filter: $0[1]) },
    AffineOperation("depthwise convolution", [[2, 7, 9, 17], [5, 5, 17], [17]]) {
      depthwiseConvolution($0[0], filter: $0[1], bias: $0[2], stride: 2, padding: .symmetric(2))
    },
    AffineOperation("grouped convolution", [[2, 7, 9, 6], [3, 3, 2, 9], [9]]) {
      groupedConvolution($0[0], filter: $0[1], bias: $0[2], groups: 3, stride: 2, padding: .symmetric(1))
    },
    AffineOperation("linear", [[3, 17], [66, 17], [66]]) { linear($0[0], weight: $0[1], bias: $0[2]) },
    AffineOperation("add", [[2, 3, 5], [2, 3, 5]]) { add($0[0], $0[1]) },
    AffineOperation("global average pool", [[2, 5, 7, 8]]) { globalAveragePool($0[0]) },
    AffineOperation("average pooling", [[2, 7, 9, 8]]) { averagePooling($0[0], kernel: 3, stride: 2) },
    AffineOperation("average pooling, padding counts", [[2, 7, 9, 8]]) {
      averagePooling($0[0], kernel: 3, stride: 2, padding: .symmetric(1))
    },
    AffineOperation("average pooling, padding does not count", [[2, 6, 9, 5]]) {
      averagePooling($0[0], kernel: 3, stride: 1, padding: .same, countsPadding: false)
    },
    AffineOperation("concatenate", [[2, 3, 5, 7], [2, 3, 5, 1], [2, 3, 5, 8]]) { concatenate($0) },
    AffineOperation("scale channels", [[2, 40, 61, 7], [2, 7]]) { scaleChannels($0[0], by: $0[1]) },
    AffineOperation("affine", [[2, 40, 61, 7], [7], [7]]) { affine($0[0], scale: $0[1], shift: $0[2]) },
    AffineOperation("normalization by given statistics", [[2, 40, 61, 7], [7], [7]]) {
      let statistic = Tensor([7], [1, 2, 3, 4, 5, 6, 7], in: BufferPool())
      return batchNormalization(
        $0[0], mean: statistic, variance: statistic, scale: $0[1], shift: $0[2], epsilon: 1e-3)
    },
    AffineOperation("prepend tokens", [[2, 17], [3, 5, 17]]) { prependTokens($0[0], to: $0[1]) },
    AffineOperation("slice tokens", [[3, 7, 17]]) { sliceTokens($0[0], 2..<6) },
    AffineOperation("add to each", [[3, 7, 17], [7, 17]]) { addToEach($0[0], $0[1]) },
    AffineOperation("mix rows", [[6, 17]]) { mixRows($0[0], by: TrainedOperation.mixture) },
    AffineOperation("frozen linear", [[3, 7, 130]]) { linear($0[0], TrainedOperation.frozenLayer) },
    AffineOperation("split windows", [[2, 9, 11, 5]]) {
      splitWindows($0[0], WindowGrid(height: 9, width: 11, side: 4, shift: 2))
    },
    AffineOperation("join windows", [[18, 4, 4, 5]]) {
      joinWindows($0[0], WindowGrid(height: 9, width: 11, side: 4, shift: 2))
    },
    AffineOperation("merge patches", [[2, 7, 9, 5]]) { mergePatches($0[0]) },
    AffineOperation("relative position bias", [[49, 3]]) { relativePositionBias($0[0], side: 4) },
    AffineOperation("flattened", [[2, 3, 5, 7]]) { flattened($0[0]) },
  ]

  @Test("<f(x) - f(0), y_bar> = <x, VJP(y_bar)> for each input", arguments: operations)
  func holds(_ operation: AffineOperation) {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 6)
    let inputs = operation.shapes.map { random.tensor($0, in: engine.pool) }
    let tape = Tape(engine: engine)
    let outputShape = operation.apply(inputs.map { tape.constant($0) }).shape
    let seed = random.tensor(outputShape, in: engine.pool)
    let result = evaluate(inputs, seed: seed, on: engine, operation.apply)

    for (index, input) in inputs.enumerated() {
      var without = inputs
      without[index] = .zeros(input.shape, in: engine.pool)
      let offset = operation.apply(without.map { tape.constant($0) }).value.elements
      let response = zip(result.value, offset).map { $0 - $1 }
      let left = dot(response, seed.elements)
      let right = dot(input.elements, result.cotangents[index])
      let scale = (dot(response, response) * dot(seed.elements, seed.elements)).squareRoot()
      #expect(abs(left - right) <= 1e-6 * scale, "input \(index): \(left) and \(right)")
    }
  }
}
