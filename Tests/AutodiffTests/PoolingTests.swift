import Autodiff
import TestSupport
import Testing

@Suite("Max and average pooling")
struct PoolingTests {
  let engine = poisonedEngine()

  @Test("max pooling agrees with its definition, tracked or not", arguments: NaivePooling.awkward)
  func maxAgreesWithDefinition(_ naive: NaivePooling) {
    var random = SplitMix64(seed: 31)
    // Whole numbers in -4...4: windows have ties.
    let x = Tensor(naive.inputShape, random.units(naive.inputShape.count).map { ($0 * 4).rounded() }, in: engine.pool)
    let seed = random.tensor(naive.outputShape, in: engine.pool)
    let (y, winners) = naive.forward(x.elements.map(Double.init))
    var xBar = [Double](repeating: 0, count: x.count)
    for (winner, value) in zip(winners, seed.elements) { xBar[winner] += Double(value) }

    let result = evaluate([x], seed: seed, on: engine) { apply(naive, $0[0]) }

    #expect(result.value.map(Double.init) == y)
    #expect(relativeError(of: result.cotangents[0], from: xBar) < 1e-6)
    #expect(apply(naive, Tape(engine: engine).constant(x)).value.elements == result.value)
  }

  @Test("max pooling's cotangent is the slope of its definition", arguments: NaivePooling.awkward)
  func maxMatchesFiniteDifferences(_ naive: NaivePooling) {
    var random = SplitMix64(seed: 32)
    // All different, and farther apart than the step reaches.
    let values = (0..<naive.inputShape.count).map { Float($0) / 64 }.shuffled(using: &random)
    let x = Tensor(naive.inputShape, values, in: engine.pool)
    let direction = random.units(values.count)
    let seed = random.tensor(naive.outputShape, in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { apply(naive, $0[0]) }

    let h = 1e-4
    let ahead = naive.forward(zip(values, direction).map { Double($0) + h * Double($1) }).y
    let behind = naive.forward(zip(values, direction).map { Double($0) - h * Double($1) }).y
    let slope = zip(zip(ahead, behind), seed.elements).reduce(0.0) { $0 + ($1.0.0 - $1.0.1) / (2 * h) * Double($1.1) }
    #expect(abs(slope - dot(direction, result.cotangents[0])) < 1e-5 * Double(values.count).squareRoot())
  }

  @Test("a tie goes to the window's first place in row-major order, and to it alone")
  func ties() {
    let x = Tensor([1, 2, 3, 1], [5, 5, 1, 5, 2, 5], in: engine.pool)
    let seed = Tensor([1, 1, 2, 1], [1, 10], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { maxPooling($0[0], kernel: 2, stride: 1) }
    #expect(result == Evaluation(value: [5, 5], cotangents: [[1, 10, 0, 0, 0, 0]]))
  }

  @Test("padding counts as -infinity, not as 0")
  func padding() {
    let x = Tensor([1, 1, 2, 1], [-3, -2], in: engine.pool)
    let seed = Tensor([1, 1, 2, 1], [1, 10], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) {
      maxPooling($0[0], kernel: 3, stride: 1, padding: .symmetric(1))
    }
    #expect(result == Evaluation(value: [-2, -2], cotangents: [[0, 11]]))
  }

  @Test("padding after only: the last row and the last column of windows hang over the edge")
  func asymmetricPadding() {
    let x = Tensor([1, 2, 3, 1], [1, 2, 3, 4, 5, 6], in: engine.pool)
    let seed = Tensor([1, 2, 3, 1], [1, 10, 100, 1000, 10_000, 100_000], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { maxPooling($0[0], kernel: 2, stride: 1, padding: .same) }
    #expect(result == Evaluation(value: [5, 6, 6, 5, 6, 6], cotangents: [[0, 0, 0, 0, 1001, 110_110]]))
  }

  @Test("with ceiling, the last windows hang over the edge: SqueezeNet's pooling")
  func ceiling() {
    let x = Tensor([1, 4, 4, 1], (1...16).map(Float.init), in: engine.pool)
    let seed = Tensor([1, 2, 2, 1], [1, 2, 3, 4], in: engine.pool)
    let result = evaluate([x], seed: seed, on: engine) { maxPooling($0[0], kernel: 3, stride: 2, ceiling: true) }
    #expect(result.value == [11, 12, 15, 16])
    #expect(result.cotangents[0] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4])
    let floor = evaluate([x], on: engine) { maxPooling($0[0], kernel: 3, stride: 2) }
    #expect(floor.value == [11])
  }

  @Test("NaN wins its window, tracked or not; -infinity alone is a maximum too")
  func extremes() {
    let x = Tensor([1, 1, 6, 1], [1, .nan, 2, .nan, -.infinity, -.infinity], in: engine.pool)
    let seed = Tensor([1, 1, 3, 1], [1, 10, 100], in: engine.pool)
    let operation: Operation = { maxPooling($0[0], kernel: 2, stride: 2, padding: .same) }
    let result = evaluate([x], seed: seed, on: engine, operation)
    let constant = operation([Tape(engine: engine).constant(x)]).value.elements
    for value in [result.value, constant] { #expect(value[0].isNaN && value[1].isNaN && value[2] == -.infinity) }
    #expect(result.cotangents[0] == [0, 1, 0, 10, 100, 0])
  }

  @Test("max pooling keeps a byte an element, and gives it back")
  func memory() {
    let tape = Tape(engine: engine)
    let before = engine.pool.counters.live
    do {
      let x = tape.watch(.zeros([1, 64, 64, 4], in: engine.pool))
      _ = maxPooling(x, kernel: 2, stride: 2)
    }
    #expect(engine.pool.counters.live - before == 32 * 32 * 4)
  }

  @Test("traps where a window sees padding only")
  func refusesEmptyWindows() async {
    await #expect(processExitsWith: .failure) {
      let engine = poisonedEngine()
      let x = Tape(engine: engine).constant(.zeros([1, 4, 4, 1], in: engine.pool))
      _ = maxPooling(x, kernel: 2, stride: 1, padding: .symmetric(2))
    }
  }

  static let averages = [
    NaiveConvolution(batch: 2, 6, 8, 17, to: 17, kernel: (2, 2), stride: 2, .valid, .none),
    NaiveConvolution(7, 9, 3, to: 3, kernel: (2, 2), stride: 2, .valid, .none),
    NaiveConvolution(7, 8, 8, to: 8, kernel: (3, 3), stride: 1, .valid, .none),
    NaiveConvolution(8, 11, 1, to: 1, kernel: (2, 2), stride: 3, .valid, .none),
  ].map(\.depthwise)

  @Test("average pooling is a depthwise convolution with 1 / kernel^2", arguments: averages)
  func averageAgreesWithDefinition(_ naive: NaiveConvolution) {
    var random = SplitMix64(seed: 33)
    let x = random.tensor(naive.inputShape, in: engine.pool)
    let seed = random.tensor(naive.outputShape, in: engine.pool)
    let side = naive.kernel.height
    let filter = [Float](repeating: 1 / Float(side * side), count: naive.filterShape.count)
    let zeros = [Float](repeating: 0, count: naive.channels)

    let result = evaluate([x], seed: seed, on: engine) {
      averagePooling($0[0], kernel: side, stride: naive.stride)
    }

    let expected = naive.backward(x.elements, filter, seed.elements.map(Double.init))
    #expect(relativeError(of: result.value, from: naive.forward(x.elements, filter, zeros)) < 1e-6)
    #expect(relativeError(of: result.cotangents[0], from: expected.x) < 1e-6)
  }

  @Test("an average counts the padding as zeros, or only what lies in the image")
  func averagesAtTheEdge() {
    let x = Tensor([1, 2, 3, 1], [1, 2, 3, 4, 5, 6], in: engine.pool)
    let ones = Tensor([1, 2, 3, 1], [Float](repeating: 1, count: 6), in: engine.pool)
    let counted = evaluate([x], seed: ones, on: engine) {
      averagePooling($0[0], kernel: 3, stride: 1, padding: .symmetric(1))
    }
    #expect(counted.value == [12, 21, 16, 12, 21, 16].map { $0 / 9 })
    #expect(relativeError(of: counted.cotangents[0], from: [4, 6, 4, 4, 6, 4].map { $0 / 9 }) < 1e-6)
    let uncounted = evaluate([x], seed: ones, on: engine) {
      averagePooling($0[0], kernel: 3, stride: 1, padding: .same, countsPadding: false)
    }
    #expect(uncounted.value == [3, 3.5, 4, 3, 3.5, 4])
    // Windows at the sides have four places in the image, those in the middle six.
    let (side, middle) = (2 / 4.0 + 2 / 6.0, 4 / 4.0 + 2 / 6.0)
    #expect(relativeError(of: uncounted.cotangents[0], from: [side, middle, side, side, middle, side]) < 1e-6)
  }

  @Test("give the same bits at any number of threads")
  func ignoreThreadCount() {
    let operations: [Operation] = [
      { maxPooling($0[0], kernel: 3, stride: 2, padding: .symmetric(1)) },
      { averagePooling($0[0], kernel: 3, stride: 2) },
      { averagePooling($0[0], kernel: 3, stride: 1, padding: .same, countsPadding: false) },
    ]
    for operation in operations {
      let results = evaluateAtEveryThreadCount(shapes: [[2, 37, 11, 7]], operation)
      #expect(haveSameBits(results))
    }
  }

  private func apply(_ naive: NaivePooling, _ x: Variable) -> Variable {
    maxPooling(
      x, kernel: naive.kernel, stride: naive.stride, padding: .symmetric(naive.padding), ceiling: naive.ceiling)
  }
}
