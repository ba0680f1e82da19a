import CKernels
import TestSupport
import Testing

@testable import Autodiff

/// A convolution and the method that computes it.
struct FrozenCase: Sendable, CustomStringConvertible {
  let naive: NaiveConvolution
  let method: gaze_method

  var description: String {
    let name =
      switch method {
      case GAZE_WINOGRAD_2: "F(2x2, 3x3)"
      case GAZE_WINOGRAD_4: "F(4x4, 3x3)"
      default: "direct"
      }
    return "\(naive), \(name)"
  }

  /// Winograd's transforms add up numbers of different size, so that they lose some bits.
  var tolerance: Double {
    switch method {
    case GAZE_WINOGRAD_2: 4e-6
    case GAZE_WINOGRAD_4: 2e-5
    default: Self.directTolerance
    }
  }

  /// Without fused multiply-add each product is rounded before it is added, and the longest sums here (4410 products)
  /// lose a little more.
  static let directTolerance = InstructionSet.current == .generic ? 3e-6 : 2e-6

  /// Every geometry that the naive convolution is tried at, and what the packed kernels add: many panels, ends of
  /// panels, blocks of rows and of the inner dimension, tiles that hang over each edge.
  static let all: [FrozenCase] = {
    let more = [
      NaiveConvolution(13, 11, 130, to: 97, kernel: (1, 1), .valid, .none),
      NaiveConvolution(1, 1, 600, to: 33, kernel: (1, 1), .valid, .none),
      NaiveConvolution(7, 7, 96, to: 64, kernel: (1, 1), stride: 2, .valid, .none),
      NaiveConvolution(23, 21, 3, to: 32, kernel: (7, 7), stride: 2, .symmetric(3), .all(3)),
      NaiveConvolution(batch: 3, 9, 10, 65, to: 49, kernel: (3, 3), .symmetric(1), .all(1)),
    ]
    let winograd = [
      NaiveConvolution(batch: 2, 5, 7, 3, to: 17, kernel: (3, 3), .symmetric(1), .all(1)),
      NaiveConvolution(8, 12, 16, to: 48, kernel: (3, 3), .symmetric(1), .all(1)),
      NaiveConvolution(14, 13, 33, to: 15, kernel: (3, 3), .symmetric(1), .all(1)),
      NaiveConvolution(9, 6, 20, to: 8, kernel: (3, 3), .valid, .none),
      NaiveConvolution(3, 3, 40, to: 65, kernel: (3, 3), .symmetric(1), .all(1)),
      NaiveConvolution(11, 17, 7, to: 31, kernel: (3, 3), .symmetric(2), .all(2)),
      NaiveConvolution(1, 1, 5, to: 6, kernel: (3, 3), .symmetric(1), .all(1)),
    ]
    return (NaiveConvolution.awkward + more).map { FrozenCase(naive: $0, method: GAZE_DIRECT) }
      + winograd.flatMap { naive in
        [GAZE_DIRECT, GAZE_WINOGRAD_2, GAZE_WINOGRAD_4].map { FrozenCase(naive: naive, method: $0) }
      }
  }()
}

@Suite("Frozen convolution")
struct FrozenConvolutionTests {
  @Test("agrees with seven loops in Double: value and the cotangents of x and addend", arguments: FrozenCase.all)
  func agreesWithDefinition(_ example: FrozenCase) {
    let engine = poisonedEngine()
    let (naive, operands) = (example.naive, Operands(of: example, in: engine.pool))
    var random = SplitMix64(seed: 3)
    let seed = random.tensor(naive.outputShape, in: engine.pool)

    let result = evaluate([operands.x, operands.addend], seed: seed, on: engine) {
      convolution($0[0], operands.layer(), adding: $0[1])
    }

    let z = naive.forward(operands.x.elements, operands.filter, operands.bias.elements)
    let expected = naive.backward(operands.x.elements, operands.filter, seed.elements.map(Double.init))
    let y = zip(z, operands.addend.elements).map { $0 + Double($1) }
    #expect(relativeError(of: result.value, from: y) < example.tolerance)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < example.tolerance)
    #expect(result.cotangents[1] == seed.elements)
  }

  @Test(
    "the filter's VJP agrees with seven loops in Double, by every method and at any number of threads",
    arguments: FrozenCase.all)
  func filterVJP(_ example: FrozenCase) {
    let naive = example.naive
    let window = Window(
      "test", inputHeight: naive.height, inputWidth: naive.width, kernelHeight: naive.kernel.height,
      kernelWidth: naive.kernel.width, stride: naive.stride, padding: naive.padding)
    let g = Convolution(
      batch: naive.batch, window: window, inputChannels: naive.channels, outputChannels: naive.outputs)
    let results = [1, 2, 5].map { threads in
      let engine = poisonedEngine(threads: threads)
      let operands = Operands(of: example, in: engine.pool)
      return Tensor(naive.filterShape, in: engine.pool) { result in
        operands.x.withElements { x in
          operands.addend.withElements {
            convolutionFilterVJPKernel(
              x.baseAddress!, $0.baseAddress!, g, method: example.method, on: engine, into: result)
          }
        }
      }.elements
    }
    let operands = Operands(of: example, in: BufferPool())
    let expected = naive.backward(operands.x.elements, operands.filter, operands.addend.elements.map(Double.init))
    #expect(relativeError(of: results[0], from: expected.filter) < example.tolerance)
    #expect(results.allSatisfy { $0.map(\.bitPattern) == results[0].map(\.bitPattern) })
  }

  @Test("gives the same bits at any number of threads, alone or in a batch", arguments: FrozenCase.all)
  func ignoresTheCut(_ example: FrozenCase) {
    let results = [1, 2, 5].map { threads in
      let engine = poisonedEngine(threads: threads)
      let operands = Operands(of: example, in: engine.pool)
      return evaluate([operands.x, operands.addend], on: engine) {
        convolution($0[0], operands.layer(.relu6), adding: $0[1])
      }
    }
    #expect(haveSameBits(results))

    let engine = poisonedEngine()
    let operands = Operands(of: example, in: engine.pool)
    let (x, tape) = (operands.x.elements, Tape(engine: engine))
    let whole = convolution(tape.constant(operands.x), operands.layer()).value.elements
    let image = Shape([1] + operands.x.shape.extents.dropFirst())
    let alone = (0..<operands.x.shape[0]).flatMap { index in
      let part = Tensor(image, Array(x[index * image.count..<(index + 1) * image.count]), in: engine.pool)
      return convolution(tape.constant(part), operands.layer()).value.elements
    }
    #expect(whole.map(\.bitPattern) == alone.map(\.bitPattern))
  }

  @Test(
    "fuses bias, addend and activation, with and without a tape",
    arguments: [Activation.identity, .relu, .relu6, .hardSigmoid, .hardSwish, .sigmoid, .silu],
    [GAZE_DIRECT, GAZE_WINOGRAD_2, GAZE_WINOGRAD_4])
  func fusesActivation(_ activation: Activation, _ method: gaze_method) {
    let engine = poisonedEngine()
    let naive = NaiveConvolution(batch: 2, 7, 9, 19, to: 35, kernel: (3, 3), .symmetric(1), .all(1))
    let operands = Operands(of: FrozenCase(naive: naive, method: method), in: engine.pool)
    let z = naive.forward(operands.x.elements, operands.filter, operands.bias.elements)
    let y = zip(z, operands.addend.elements).map { activation.reference($0 + Double($1)) }

    let tape = Tape(engine: engine)
    let untracked = convolution(
      tape.constant(operands.x), operands.layer(activation), adding: tape.constant(operands.addend))
    let tracked = convolution(
      tape.watch(operands.x), operands.layer(activation), adding: tape.constant(operands.addend))

    #expect(!untracked.isTracked && tracked.isTracked)
    #expect(relativeError(of: untracked.value.elements, from: y) < 2e-5)
    #expect(relativeError(of: tracked.value.elements, from: y) < 2e-5)
  }

  /// Alone a cotangent of few channels takes a way of its own; after an image whose cotangent is 0 nowhere it does
  /// not.
  @Test(
    "the input's VJP of a cotangent of few channels has the bits of the whole product", arguments: [0, 1, 3, 8, 9],
    [5, 97])
  func fewChannels(count: Int, inputs: Int) {
    let engine = poisonedEngine()
    let naive = NaiveConvolution(5, 7, inputs, to: 130, kernel: (1, 1), .valid, .none)
    let operands = Operands(of: FrozenCase(naive: naive, method: GAZE_DIRECT), in: engine.pool)
    var random = SplitMix64(seed: 4)
    let channels = Set((0..<count).map { $0 * 129 / max(1, count - 1) })
    let dense = random.units(naive.outputShape.count).map { $0 == 0 ? 1 : $0 }
    let few = dense.enumerated().map { place, value in
      // The first pixel of a channel is 0 too, as after a ReLU.
      channels.contains(place % 130) && place >= 130 ? value : place % 2 == 0 ? Float(0) : -0
    }

    func cotangent(_ seed: [Float], batch: Int) -> [Float] {
      let x = Tensor([batch, 5, 7, inputs], [Float](repeating: 1, count: batch * 35 * inputs), in: engine.pool)
      let seed = Tensor([batch, 5, 7, 130], seed, in: engine.pool)
      return evaluate([x], seed: seed, on: engine) { convolution($0[0], operands.layer()) }.cotangents[0]
    }
    #expect(cotangent(few, batch: 1) == Array(cotangent(dense + few, batch: 2).suffix(35 * inputs)))
  }

  @Test("gives the plain filter back", arguments: [GAZE_DIRECT, GAZE_WINOGRAD_2, GAZE_WINOGRAD_4])
  func unpacks(_ method: gaze_method) {
    let pool = BufferPool(poison: true)
    var random = SplitMix64(seed: 9)
    let shape: Shape = [3, 3, 18, 67]
    let values = random.units(shape.count)
    let filter = FrozenFilter(shape, values, method: method, in: pool)
    let unpacked = filter.withElements { Array(UnsafeBufferPointer(start: $0, count: shape.count)) }
    if method == GAZE_DIRECT { #expect(unpacked == values) }
    #expect(relativeError(of: unpacked, from: values.map(Double.init)) < 1e-6)
  }

  @Test(
    "a NaN in the image shows in what its windows give", arguments: [GAZE_DIRECT, GAZE_WINOGRAD_2, GAZE_WINOGRAD_4])
  func passesNaNOn(_ method: gaze_method) {
    let engine = poisonedEngine()
    let naive = NaiveConvolution(8, 8, 4, to: 5, kernel: (3, 3), .symmetric(1), .all(1))
    let operands = Operands(of: FrozenCase(naive: naive, method: method), in: engine.pool)
    var x = operands.x.elements
    x[(3 * 8 + 4) * 4] = .nan
    let y = convolution(
      Tape(engine: engine).constant(Tensor(naive.inputShape, x, in: engine.pool)), operands.layer(.relu6)
    ).value.elements
    for row in 2...4 {
      for column in 3...5 {
        let pixel = y[(row * 8 + column) * 5..<(row * 8 + column + 1) * 5]
        #expect(pixel.count(where: \.isNaN) == 5)
      }
    }
  }

  @Test("convolutions side by side are those one after the other")
  func concatenates() {
    let engine = poisonedEngine()
    var random = SplitMix64(seed: 12)
    let x = random.tensor([2, 9, 7, 20], in: engine.pool)
    func layer(_ kernel: Int, _ outputs: Int) -> FrozenConvolution {
      FrozenConvolution(
        filter: FrozenFilter(
          [kernel, kernel, 20, outputs], random.units(kernel * kernel * 20 * outputs), usualExtent: (9, 7),
          in: engine.pool), bias: random.tensor([outputs], in: engine.pool), padding: .symmetric(kernel / 2),
        activation: .relu)
    }
    let layers = [layer(1, 17), layer(3, 33), layer(5, 2)]
    let tape = Tape(engine: engine)
    let together = concatenatedConvolutions(tape.constant(x), layers)
    let apart = concatenatedConvolutions(tape.watch(x), layers)
    #expect(together.shape == [2, 9, 7, 52] && !together.isTracked && apart.isTracked)
    #expect(together.value.elements.map(\.bitPattern) == apart.value.elements.map(\.bitPattern))
  }
}

private struct Operands {
  let x: Tensor
  let addend: Tensor
  let bias: Tensor
  let filter: [Float]
  private let frozen: FrozenFilter
  private let naive: NaiveConvolution

  init(of example: FrozenCase, in pool: BufferPool) {
    naive = example.naive
    var random = SplitMix64(seed: 2)
    x = random.tensor(naive.inputShape, in: pool)
    addend = random.tensor(naive.outputShape, in: pool)
    bias = random.tensor([naive.outputChannels], in: pool)
    filter = random.units(naive.filterShape.count)
    frozen = FrozenFilter(naive.filterShape, filter, method: example.method, in: pool)
  }

  func layer(_ activation: Activation = .identity) -> FrozenConvolution {
    FrozenConvolution(
      filter: frozen, bias: bias, stride: naive.stride, padding: naive.padding, activation: activation)
  }
}
