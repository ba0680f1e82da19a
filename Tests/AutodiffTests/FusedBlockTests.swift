import Autodiff
import TestSupport
import Testing

/// Blocks that are computed in one pass while nothing is tracked: the bits must be those of the operations one after
/// the other, which the tape takes.
@Suite("Fused blocks")
struct FusedBlockTests {
  struct Block: Sendable, CustomStringConvertible {
    var batch = 1
    var height = 14
    var width = 13
    var inputs = 24
    var expansion = 6
    var outputs = 24
    var kernel = 3
    var stride = 1
    var padding = Padding.same
    var activation = Activation.relu6
    var isGated = false

    var hasSkip: Bool { stride == 1 && inputs == outputs }
    var description: String {
      "\(batch)x\(height)x\(width)x\(inputs) x\(expansion) to \(outputs), \(kernel)/\(stride), \(activation), \(padding)"
        + (isGated ? ", gated" : "")
    }
  }

  static let blocks = [
    Block(),
    Block(batch: 3, height: 9, width: 17),
    Block(height: 56, width: 57, inputs: 16, outputs: 24, stride: 2),
    Block(height: 112, width: 112, inputs: 32, expansion: 1, outputs: 16),
    Block(height: 28, width: 27, inputs: 40, outputs: 40, kernel: 5),
    Block(height: 29, width: 28, inputs: 24, outputs: 40, kernel: 5, stride: 2),
    Block(height: 57, width: 56, inputs: 24, outputs: 24, padding: .symmetric(1), activation: .silu),
    Block(height: 112, width: 96, inputs: 16, outputs: 24, stride: 2, padding: .symmetric(1)),
    Block(height: 7, width: 7, inputs: 192, outputs: 192, kernel: 5),
    Block(batch: 2, height: 3, width: 1, inputs: 5, outputs: 5),
    Block(height: 56, width: 55, inputs: 24, outputs: 24, activation: .silu, isGated: true),
    Block(height: 56, width: 56, inputs: 24, outputs: 24, activation: .hardSwish, isGated: true),
    Block(batch: 2, height: 28, width: 28, inputs: 40, outputs: 80, stride: 2, activation: .silu, isGated: true),
  ]

  @Test("the inverted residual has the bits of its three convolutions, at any number of threads", arguments: blocks)
  func invertedResidualIsItsParts(_ block: Block) {
    let results = [1, 2, 3].flatMap { threads in
      let engine = poisonedEngine(threads: threads)
      var random = SplitMix64(seed: 21)
      let expanded = block.inputs * block.expansion
      func pointwise(_ inputs: Int, _ outputs: Int, _ activation: Activation) -> FrozenConvolution {
        let values = random.units(inputs * outputs).map { $0 / Float(inputs).squareRoot() }
        return FrozenConvolution(
          filter: FrozenFilter([1, 1, inputs, outputs], values, in: engine.pool),
          bias: random.tensor([outputs], in: engine.pool), activation: activation)
      }
      let frozen = FrozenInvertedResidual(
        expand: block.expansion == 1 ? nil : pointwise(block.inputs, expanded, block.activation),
        depthwiseFilter: random.tensor([block.kernel, block.kernel, expanded], in: engine.pool),
        depthwiseBias: random.tensor([expanded], in: engine.pool), stride: block.stride, padding: block.padding,
        activation: block.activation, project: pointwise(expanded, block.outputs, .identity), hasSkip: block.hasSkip)
      let weight = random.tensor([expanded, expanded], in: engine.pool)
      let gate: (Variable) -> Variable = { activate(linear($0, weight: .constant(weight)), .sigmoid) }
      let x = random.tensor([block.batch, block.height, block.width, block.inputs], in: engine.pool)
      let tape = Tape(engine: engine)
      return [tape.constant(x), tape.watch(x)].map { x in
        Evaluation(value: invertedResidual(x, frozen, gate: block.isGated ? gate : nil).value.elements, cotangents: [])
      }
    }
    #expect(haveSameBits(results))
  }

  @Test("the dense block has the bits of its layers and concatenations, at any number of threads")
  func denseBlockIsItsParts() {
    let results = [1, 2, 5].flatMap { threads in
      let engine = poisonedEngine(threads: threads)
      var random = SplitMix64(seed: 22)
      func layer(_ inputs: Int) -> FrozenDenseLayer {
        FrozenDenseLayer(
          scale: random.tensor([inputs], in: engine.pool), shift: random.tensor([inputs], in: engine.pool),
          activation: .relu,
          reduce: FrozenConvolution(
            filter: FrozenFilter([1, 1, inputs, 48], random.units(inputs * 48), in: engine.pool),
            bias: random.tensor([48], in: engine.pool), activation: .relu),
          extend: FrozenConvolution(
            filter: FrozenFilter([3, 3, 48, 12], random.units(9 * 48 * 12), usualExtent: (11, 13), in: engine.pool),
            padding: .symmetric(1)))
      }
      let layers = [layer(19), layer(31), layer(43)]
      let x = random.tensor([2, 11, 13, 19], in: engine.pool)
      let tape = Tape(engine: engine)
      let values = [tape.constant(x), tape.watch(x)].map { denseBlock($0, layers) }
      #expect(values.allSatisfy { $0.shape == [2, 11, 13, 55] })
      return values.map { Evaluation(value: $0.value.elements, cotangents: []) }
    }
    #expect(haveSameBits(results))
  }
}
