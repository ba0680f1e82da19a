import Autodiff
import TestSupport
import Testing

@Suite("Parameters, dropout, cross-entropy")
struct TrainingTapeTests {
  let engine = poisonedEngine()

  @Test("in training a parameter is one watched variable; in inference a constant")
  func variables() {
    let weight = Parameter("w", .row([2, 3], in: engine.pool))
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 1)))
    let first = tape.variable(of: weight)
    weight.replace(.row([9, 9], in: engine.pool))
    let second = tape.variable(of: weight)
    #expect(first.isTracked && first.node == second.node)
    #expect(second.value.elements == [2, 3])
    let fixed = Tape(engine: engine).variable(of: weight)
    #expect(!fixed.isTracked && fixed.value.elements == [9, 9])
  }

  @Test("cotangents at parameters: a used one's sum, zeros for an unused one")
  func parameterCotangents() {
    let (a, b, c) = (
      Parameter("a", .row([2, 3], in: engine.pool)), Parameter("b", .row([5, 7], in: engine.pool)),
      Parameter("c", .row([1], in: engine.pool))
    )
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 1)))
    _ = tape.variable(of: b)
    let weight = tape.variable(of: a)
    let x = tape.constant(.row([10, 100], in: engine.pool))
    // loss = 10 (2 w0) + 100 (2 w1)
    let loss = linear(x, weight: add(weight, tape.variable(of: a)))
    let found = tape.cotangents(of: flattened(loss), at: [c, a, b])
    #expect(found.map(\.elements) == [[0], [20, 200], [0, 0]])
    #expect(found.map(\.shape) == [[1, 1], [1, 2], [1, 2]])
  }

  @Test("refuses a value of another shape")
  func refusesShape() async {
    await #expect(processExitsWith: .failure) {
      let pool = BufferPool()
      Parameter("w", .row([1, 2], in: pool)).replace(.row([1], in: pool))
    }
  }

  @Test("dropout keeps the expectation, follows from numbers and place alone, and rests in inference")
  func dropsOut() {
    let ones = Tensor([100, 100], [Float](repeating: 1, count: 10_000), in: engine.pool)
    func dropped(_ numbers: RandomNumbers, layer: Int, rate: Double = 0.25) -> [Float] {
      let tape = Tape(engine: engine, mode: .training(numbers))
      return dropout(tape.constant(ones), rate: rate, layer: layer).value.elements
    }
    let first = dropped(RandomNumbers(seed: 1), layer: 0)
    #expect(Set(first) == [0, Float(1 / 0.75)])
    #expect((0.72...0.78).contains(Double(first.count { $0 > 0 }) / 10_000))
    #expect(dropped(RandomNumbers(seed: 1), layer: 0) == first)
    #expect(dropped(RandomNumbers(seed: 1), layer: 1) != first)
    #expect(dropped(RandomNumbers(seed: 2), layer: 0) != first)
    #expect(dropped(RandomNumbers(seed: 1), layer: 0, rate: 0) == ones.elements)
    let tape = Tape(engine: engine)
    let x = tape.watch(ones)
    #expect(dropout(x, rate: 0.25, layer: 0).node == x.node)
  }

  @Test("cross-entropy of a one-hot target is the lost logarithm, and stays finite far out")
  func crossEntropy() {
    let targets = Tensor([2, 2], [1, 0, 0, 1], in: engine.pool)
    let even = evaluate(
      [Tensor([2, 2], [3, 3, -1, -1], in: engine.pool)], seed: .row([2], in: engine.pool).reshaped([1]), on: engine
    ) {
      softmaxCrossEntropy($0[0], targets: targets)
    }
    #expect(abs(even.value[0] - 0.693147181) < 1e-7)
    #expect(even.cotangents == [[-0.5, 0.5, 0.5, -0.5]])
    let far = evaluate(
      [Tensor([2, 2], [-1e30, 1e30, 500, -500], in: engine.pool)], seed: .row([1], in: engine.pool).reshaped([1]),
      on: engine
    ) {
      softmaxCrossEntropy($0[0], targets: targets)
    }
    #expect(far.value[0].isFinite && far.value[0] > 1e29)
    #expect(far.cotangents == [[-0.5, 0.5, 0.5, -0.5]])
  }

  @Test("binary cross-entropy is that of each class by itself, and stays finite far out; squared errors are means")
  func elementLosses() {
    let targets = Tensor([1, 2], [1, 0], in: engine.pool)
    func run(_ values: [Float], _ loss: @escaping (Variable, Tensor) -> Variable) -> (Float, [Float]) {
      let result = evaluate(
        [Tensor([1, 2], values, in: engine.pool)], seed: .row([1], in: engine.pool).reshaped([1]), on: engine
      ) { loss($0[0], targets) }
      return (result.value[0], result.cotangents[0])
    }
    let even = run([0, 0]) { sigmoidCrossEntropy($0, targets: $1) }
    #expect(abs(even.0 - 0.693147181) < 1e-7 && even.1 == [-0.25, 0.25])
    let far = run([-1e30, -500]) { sigmoidCrossEntropy($0, targets: $1) }
    #expect(far.0 == 5e29 && far.1 == [-0.5, 0])
    let squared = run([3, -1]) { meanSquaredError($0, targets: $1) }
    #expect(squared.0 == 2.5 && squared.1 == [2, -1])
  }

  @Test(
    "a step of training asks the system for no memory once the pool is warm, and gives the same bits at any number of threads"
  )
  func trainingStep() {
    let results = [1, 2, 5].map { threads -> [[Float]] in
      let engine = poisonedEngine(threads: threads)
      var network = SmallNetwork(in: engine.pool)
      for _ in 0..<3 { network.step(on: engine) }
      let before = engine.pool.counters
      network.step(on: engine)
      let after = engine.pool.counters
      // With several threads, how many hold scratch memory at once is chance.
      if threads == 1 { #expect(after.fromSystem == before.fromSystem) }
      #expect(after.live == before.live)
      return network.parameters.map(\.value.elements)
    }
    #expect(results.allSatisfy { $0.map { $0.map(\.bitPattern) } == results[0].map { $0.map(\.bitPattern) } })
    #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
  }
}

/// Two convolutions with normalisation, a mean and a linear layer, on noise.
private struct SmallNetwork {
  let parameters: [Parameter]
  private var moments: [(mean: Tensor, square: Tensor)]
  private let images: Tensor
  private let targets: Tensor
  private var number = 0

  init(in pool: BufferPool) {
    var random = SplitMix64(seed: 81)
    let shapes: [(String, Shape)] = [
      ("filter 0", [3, 3, 3, 18]), ("scale 0", [18]), ("shift 0", [18]), ("filter 1", [3, 3, 18, 20]),
      ("scale 1", [20]),
      ("shift 1", [20]), ("weight", [4, 20]), ("bias", [4]),
    ]
    parameters = shapes.map { Parameter($0, random.tensor($1, in: pool)) }
    moments = shapes.map { (.zeros($0.1, in: pool), .zeros($0.1, in: pool)) }
    images = random.tensor([6, 21, 22, 3], in: pool)
    targets = Tensor([6, 4], (0..<24).map { $0 % 4 == $0 / 4 % 4 ? 1 : 0 }, in: pool)
  }

  mutating func step(on engine: Engine) {
    number += 1
    let tape = Tape(engine: engine, mode: .training(RandomNumbers(seed: 5, stream: UInt64(number))))
    let w = parameters.map { tape.variable(of: $0) }
    var x = convolution(
      standardize(tape.constant(images), epsilon: 1e-4), filter: w[0], stride: 2, padding: .symmetric(1))
    x = batchNormalization(x, scale: w[1], shift: w[2], epsilon: 1e-5, activation: .relu).result
    x = convolution(x, filter: w[3], padding: .symmetric(1))
    x = batchNormalization(x, scale: w[4], shift: w[5], epsilon: 1e-5, activation: .relu6).result
    let logits = linear(dropout(globalAveragePool(x), rate: 0.2, layer: 0), weight: w[6], bias: w[7])
    let gradients = tape.cotangents(of: softmaxCrossEntropy(logits, targets: targets), at: parameters)
    let norm = squaredNorm(of: gradients, on: engine).squareRoot()
    let step = AdamWStep(
      learningRate: 1e-2, number: number, weightDecay: 0.1, gradientScale: norm > 1 ? 1 / norm : 1)
    for (index, parameter) in parameters.enumerated() {
      let next = step(
        value: parameter.value, gradient: gradients[index], mean: moments[index].mean, square: moments[index].square,
        on: engine)
      parameter.replace(next.value)
      moments[index] = (next.mean, next.square)
    }
  }
}
