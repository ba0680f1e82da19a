import TestSupport
import Testing

@testable import Autodiff

@Suite("Grouped convolution")
struct GroupedConvolutionTests {
  /// Groups of fewer channels than a vector has lanes and of more, in numbers that fill a vector and that do not, with
  /// as many inputs as outputs and with others; the last two are Winograd's where they are frozen.
  static let cases = [
    NaiveConvolution(5, 7, 3, to: 6, kernel: (3, 3), .valid, .none).grouped(3),
    NaiveConvolution(batch: 2, 9, 6, 8, to: 4, kernel: (3, 3), stride: 2, .symmetric(1), .all(1)).grouped(2),
    NaiveConvolution(batch: 2, 10, 9, 32, to: 32, kernel: (3, 3), .symmetric(1), .all(1)).grouped(8),
    NaiveConvolution(8, 11, 48, to: 48, kernel: (3, 3), stride: 2, .symmetric(1), .all(1)).grouped(12),
    NaiveConvolution(6, 5, 21, to: 35, kernel: (1, 1), .valid, .none).grouped(7),
    NaiveConvolution(7, 8, 6, to: 51, kernel: (5, 5), stride: 3, .same, Edges(top: 2, bottom: 2, left: 1, right: 2))
      .grouped(3),
    NaiveConvolution(4, 4, 5, to: 7, kernel: (3, 3), .symmetric(1), .all(1)).grouped(1),
    NaiveConvolution(16, 17, 34, to: 70, kernel: (3, 3), .symmetric(1), .all(1)).grouped(2),
    NaiveConvolution(batch: 2, 24, 20, 48, to: 48, kernel: (3, 3), .symmetric(1), .all(1)).grouped(3),
  ]

  @Test("agrees with the loops in Double: value and the cotangents of x, filter and bias", arguments: cases)
  func agreesWithDefinition(_ naive: NaiveConvolution) {
    let engine = poisonedEngine()
    let operands = Operands(of: naive, in: engine.pool)
    let result = evaluate([operands.x, operands.filter, operands.bias], seed: operands.seed, on: engine) {
      apply(naive, $0)
    }
    let expected = operands.expected
    // Winograd's method takes part where groups are wide.
    #expect(relativeError(of: result.value, from: expected.value) < 2e-5)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < 2e-5)
    #expect(relativeError(of: result.cotangents[1], from: expected.filter) < 2e-5)
    #expect(relativeError(of: result.cotangents[2], from: expected.bias) < 2e-6)
  }

  @Test("frozen it agrees too, with an addend, by either method", arguments: cases, [false, true])
  func frozenAgrees(_ naive: NaiveConvolution, knowsExtent: Bool) {
    let engine = poisonedEngine()
    let operands = Operands(of: naive, in: engine.pool)
    let layer = operands.layer(knowsExtent: knowsExtent, in: engine.pool)
    let result = evaluate([operands.x, operands.addend], seed: operands.seed, on: engine) {
      groupedConvolution($0[0], layer, adding: $0[1])
    }
    let expected = operands.expected
    let sum = zip(expected.value, operands.addend.elements).map { $0 + Double($1) }
    #expect(relativeError(of: result.value, from: sum) < 2e-5)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < 2e-5)
    #expect(result.cotangents[1] == operands.seed.elements)
  }

  @Test("gives the same bits at any number of threads, frozen or not", arguments: cases)
  func ignoresThreadCount(_ naive: NaiveConvolution) {
    let shapes = [naive.inputShape, naive.filterShape, [naive.outputChannels]]
    #expect(haveSameBits(evaluateAtEveryThreadCount(shapes: shapes) { apply(naive, $0, activation: .silu) }))
    let operands = Operands(of: naive, in: BufferPool())
    let layer = operands.layer(knowsExtent: true, activation: .relu6, in: BufferPool())
    #expect(
      haveSameBits(evaluateAtEveryThreadCount(shapes: [naive.inputShape]) { groupedConvolution($0[0], layer) }))
  }

  @Test("an image has the same bits alone and in a batch")
  func ignoresTheBatch() {
    let engine = poisonedEngine()
    let naive = Self.cases[2]
    let operands = Operands(of: naive, in: engine.pool)
    let layer = operands.layer(knowsExtent: true, in: engine.pool)
    let (x, tape) = (operands.x.elements, Tape(engine: engine))
    let whole = groupedConvolution(tape.constant(operands.x), layer).value.elements
    let alone = (0..<2).flatMap { index in
      let count = x.count / 2
      let image = Tensor(
        [1, naive.height, naive.width, naive.channels], Array(x[index * count..<(index + 1) * count]), in: engine.pool)
      return groupedConvolution(tape.constant(image), layer).value.elements
    }
    #expect(whole.map(\.bitPattern) == alone.map(\.bitPattern))
  }

  @Test("a group's outputs come from its own inputs: worked out by hand")
  func groupsDoNotMix() {
    let engine = poisonedEngine()
    let x = Tensor([1, 1, 2, 4], [1, 2, 3, 4, 10, 20, 30, 40], in: engine.pool)
    // Two groups of two inputs; outputs 0 and 1 are the first group's.
    let filter = Tensor([1, 1, 2, 4], [1, 0, 1, 0, 0, 100, 0, 100], in: engine.pool)
    let tape = Tape(engine: engine)
    let y = groupedConvolution(tape.constant(x), filter: .constant(filter), groups: 2)
    #expect(y.value.elements == [1, 200, 3, 400, 10, 2000, 30, 4000])
  }

  private func apply(
    _ naive: NaiveConvolution, _ inputs: [Variable], activation: Activation = .identity
  ) -> Variable {
    groupedConvolution(
      inputs[0], filter: inputs[1], bias: inputs[2], groups: naive.groups, stride: naive.stride,
      padding: naive.padding, activation: activation)
  }

  private struct Operands {
    let naive: NaiveConvolution
    let x: Tensor
    let filter: Tensor
    let bias: Tensor
    let addend: Tensor
    let seed: Tensor

    init(of naive: NaiveConvolution, in pool: BufferPool) {
      self.naive = naive
      var random = SplitMix64(seed: 2)
      x = random.tensor(naive.inputShape, in: pool)
      filter = random.tensor(naive.filterShape, in: pool)
      bias = random.tensor([naive.outputChannels], in: pool)
      addend = random.tensor(naive.outputShape, in: pool)
      seed = random.tensor(naive.outputShape, in: pool)
    }

    func layer(
      knowsExtent: Bool, activation: Activation = .identity, in pool: BufferPool
    ) -> FrozenGroupedConvolution {
      // Winograd's methods are for stride 1.
      let extent = knowsExtent && naive.stride == 1 ? (height: naive.height, width: naive.width) : nil
      return FrozenGroupedConvolution(
        naive.filterShape, filter.elements, groups: naive.groups, usualExtent: extent, bias: bias,
        stride: naive.stride, padding: naive.padding, activation: activation, in: pool)
    }

    var expected: (value: [Double], x: [Double], filter: [Double], bias: [Double]) {
      let cotangents = naive.backward(x.elements, filter.elements, seed.elements.map(Double.init))
      return (
        naive.forward(x.elements, filter.elements, bias.elements), cotangents.x, cotangents.filter, cotangents.bias
      )
    }
  }
}
