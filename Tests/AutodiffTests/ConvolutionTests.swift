import Autodiff
import TestSupport
import Testing

@Suite("Convolution, dense and depthwise")
struct ConvolutionTests {
  static let cases = NaiveConvolution.awkward + NaiveConvolution.awkward.map(\.depthwise)

  @Test("agrees with seven loops in Double: value and the cotangents of x, filter and bias", arguments: cases)
  func agreesWithDefinition(_ naive: NaiveConvolution) {
    let engine = poisonedEngine()
    let (x, filter, bias) = operands(of: naive, in: engine.pool)
    var random = SplitMix64(seed: 3)
    let seed = random.tensor(naive.outputShape, in: engine.pool)

    let result = evaluate([x, filter, bias], seed: seed, on: engine) { apply(naive, $0) }

    let expected = naive.backward(x.elements, filter.elements, seed.elements.map(Double.init))
    let tolerance = FrozenCase.directTolerance
    let value = naive.forward(x.elements, filter.elements, bias.elements)
    #expect(relativeError(of: result.value, from: value) < tolerance)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < tolerance)
    #expect(relativeError(of: result.cotangents[1], from: expected.filter) < tolerance)
    #expect(relativeError(of: result.cotangents[2], from: expected.bias) < tolerance)
  }

  @Test("gives the same bits at any number of threads", arguments: cases)
  func ignoresThreadCount(_ naive: NaiveConvolution) {
    let results = evaluateAtEveryThreadCount(
      shapes: [naive.inputShape, naive.filterShape, [naive.outputChannels]]
    ) { apply(naive, $0, activation: .relu6) }
    #expect(haveSameBits(results))
  }

  @Test(
    "fuses an activation: value and cotangents are those of the activation after the convolution",
    arguments: [Activation.relu, .relu6, .hardSigmoid, .hardSwish, .sigmoid, .silu],
    [NaiveConvolution.awkward[1], NaiveConvolution.awkward[1].depthwise])
  func fusesActivation(_ activation: Activation, _ naive: NaiveConvolution) {
    let engine = poisonedEngine()
    let (x, filter, bias) = operands(of: naive, in: engine.pool, scale: 4)
    let z = naive.forward(x.elements, filter.elements, bias.elements)
    // Within rounding of a kink nobody can say on which side z lies: such elements get no cotangent.
    var random = SplitMix64(seed: 4)
    let seed = zip(z, random.units(z.count)).map { z, s in activation.kinks.contains { abs(z - $0) < 1e-4 } ? 0 : s }
    let slopes = zip(z, seed).map { z, s in activation.slope(at: z) * Double(s) }
    let expected = naive.backward(x.elements, filter.elements, slopes)
    let seedTensor = Tensor(naive.outputShape, seed, in: engine.pool)

    let result = evaluate([x, filter, bias], seed: seedTensor, on: engine) { apply(naive, $0, activation: activation) }

    #expect(relativeError(of: result.value, from: z.map(activation.reference)) < 2e-6)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < 2e-6)
    #expect(relativeError(of: result.cotangents[1], from: expected.filter) < 2e-6)
    #expect(relativeError(of: result.cotangents[2], from: expected.bias) < 2e-6)
  }

  @Test("keeps the pre-activation for SiLU only if something is tracked", arguments: [false, true])
  func memoryOfSiLU(_ isTracked: Bool) {
    let engine = poisonedEngine()
    let tape = Tape(engine: engine)
    let image = Tensor.zeros([1, 64, 64, 8], in: engine.pool)
    let filter = Variable.constant(.zeros([1, 1, 8, 4], in: engine.pool))
    let before = engine.pool.counters.live
    let x = isTracked ? tape.watch(image) : tape.constant(image)
    let y = convolution(x, filter: filter, activation: .silu)
    let copies = isTracked ? 2 : 1
    #expect(engine.pool.counters.live - before == copies * y.value.byteCount)
  }

  @Test("SiLU applied in passing or afterwards gives the same value", arguments: [true, false])
  func fusedSiLU(_ isDepthwise: Bool) {
    let engine = poisonedEngine()
    let naive = isDepthwise ? NaiveConvolution.awkward[4].depthwise : NaiveConvolution.awkward[4]
    let (x, filter, bias) = operands(of: naive, in: engine.pool, scale: 4)
    let tape = Tape(engine: engine)
    let inputs = [filter, bias].map { Variable.constant($0) }
    let fused = apply(naive, [tape.constant(x)] + inputs, activation: .silu)
    let separate = apply(naive, [tape.watch(x)] + inputs, activation: .silu)
    #expect(!fused.isTracked && separate.isTracked)
    #expect(fused.value.elements == separate.value.elements)
  }

  @Test("correlates, it does not flip the filter; filters are HWIO", arguments: [1])
  func orientation(_ batch: Int) {
    let engine = poisonedEngine()
    // One row of three pixels, two channels; a 1 x 2 filter to two outputs.
    let x = Tensor([batch, 1, 3, 2], [1, 10, 2, 20, 3, 30], in: engine.pool)
    let filter = Tensor([1, 2, 2, 2], [1, 0, 0, 1, 100, 0, 0, 0], in: engine.pool)
    let tape = Tape(engine: engine)
    let y = convolution(tape.constant(x), filter: .constant(filter))
    // y[j, 0] = x[j, 0] + 100 x[j + 1, 0]; y[j, 1] = x[j, 1].
    #expect(y.value.elements == [201, 10, 302, 20])
    #expect(y.shape == [1, 1, 2, 2])
  }

  private func operands(
    of naive: NaiveConvolution, in pool: BufferPool, scale: Float = 1
  ) -> (x: Tensor, filter: Tensor, bias: Tensor) {
    var random = SplitMix64(seed: 2)
    let x = Tensor(naive.inputShape, random.units(naive.inputShape.count).map { $0 * scale }, in: pool)
    return (x, random.tensor(naive.filterShape, in: pool), random.tensor([naive.outputChannels], in: pool))
  }

  private func apply(
    _ naive: NaiveConvolution, _ inputs: [Variable], activation: Activation = .identity
  ) -> Variable {
    let operation = naive.isDepthwise ? depthwiseConvolution : convolution
    return operation(inputs[0], inputs[1], inputs[2], naive.stride, naive.padding, activation)
  }
}
