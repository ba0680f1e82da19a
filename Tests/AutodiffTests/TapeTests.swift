import TestSupport
import Testing

@testable import Autodiff

@Suite("Tape")
struct TapeTests {
  let engine = poisonedEngine()

  @Test("a value used several times gets the sum of its cotangents", arguments: [1, 2, 3, 4])
  func sumsUses(_ uses: Int) {
    let tape = Tape(engine: engine)
    let x = tape.watch(.row([1, -2, 3], in: engine.pool))
    let y = (1..<uses).reduce(activate(x, .relu)) { sum, _ in add(sum, x) }
    let seed = Tensor.row([10, 20, 30], in: engine.pool)
    let cotangent = tape.cotangents(of: y, seed: seed, at: [x])[0].elements
    // The first use is a ReLU, closed at -2; each further use passes the seed.
    let others = Float(uses - 1)
    #expect(cotangent == [10 + others * 10, others * 20, 30 + others * 30])
    #expect(seed.elements == [10, 20, 30], "the caller's seed is not written to")
  }

  @Test("sums at one value do not leak into another that borrows the same cotangent")
  func borrowedCotangents() {
    let tape = Tape(engine: engine)
    let a = tape.watch(.row([1, 1], in: engine.pool))
    let b = tape.watch(.row([1, 1], in: engine.pool))
    let y = add(add(a, b), add(add(a, a), a))
    let cotangents = tape.cotangents(of: y, seed: .row([1, 2], in: engine.pool), at: [a, b, y])
    #expect(cotangents.map(\.elements) == [[4, 8], [1, 2], [1, 2]])
  }

  @Test("records nothing for constants, and their results keep no memory")
  func constantsAreNotRecorded() {
    let before = engine.pool.counters.live
    let tape = Tape(engine: engine)
    do {
      let x = tape.constant(.zeros([1, 4, 4, 3], in: engine.pool))
      let filter = Variable.constant(.zeros([3, 3, 3, 8], in: engine.pool))
      let y = globalAveragePool(convolution(x, filter: filter, padding: .same, activation: .relu))
      #expect(!y.isTracked)
    }
    #expect(tape.recording().steps.isEmpty)
    #expect(engine.pool.counters.live == before)
  }

  @Test("keeps the filter but not the input of a convolution whose filter is a constant")
  func keepsWhatItNeeds() {
    let tape = Tape(engine: engine)
    let filter = Variable.constant(.zeros([1, 1, 8, 2], in: engine.pool))
    let before = engine.pool.counters.live
    var y: Variable?
    do {
      let x = tape.watch(.zeros([1, 64, 64, 8], in: engine.pool))
      y = convolution(x, filter: filter)
    }
    #expect(y?.isTracked == true)
    // 64 x 64 x 2 floats of y; the 64 x 64 x 8 of x have gone back.
    #expect(engine.pool.counters.live - before == 64 * 64 * 2 * 4)
  }

  @Test("gives the cotangents of several targets at once, an intermediate value among them")
  func severalTargets() {
    let tape = Tape(engine: engine)
    let x = tape.watch(.row([1, -2], in: engine.pool))
    let z = add(x, x)
    let y = activate(z, .relu)
    let cotangents = tape.cotangents(of: y, seed: .row([3, 5], in: engine.pool), at: [z, x, y])
    #expect(cotangents.map(\.elements) == [[3, 0], [6, 0], [3, 5]])
  }

  @Test("the cotangent of an intermediate value costs the head alone")
  func headAlone() {
    let tape = Tape(engine: engine)
    let calls = Tally(count: 4)
    let x = tape.watch(.row([1], in: engine.pool))
    let z = counted(counted(x, 0, calls), 1, calls)
    let aside = counted(counted(x, 3, calls), 3, calls)
    let y = add(counted(z, 2, calls), aside)
    _ = tape.cotangents(of: y, seed: .row([1], in: engine.pool), at: [z])
    #expect(calls.counts == [0, 0, 1, 0], "neither what led to z nor the branch beside it")
    _ = tape.cotangents(of: y, seed: .row([1], in: engine.pool), at: [x])
    #expect(calls.counts == [1, 1, 2, 2])
  }

  @Test("a target that the output does not depend on gets zeros of its shape")
  func unconnectedTargets() {
    let tape = Tape(engine: engine)
    let aside = tape.watch(.row([7, 7, 7], in: engine.pool))
    let x = tape.watch(.row([1, 2], in: engine.pool))
    let y = add(x, x)
    let later = activate(y, .relu)
    let cotangents = tape.cotangents(of: y, seed: .row([1, 1], in: engine.pool), at: [aside, later, x])
    #expect(cotangents.map(\.elements) == [[0, 0, 0], [0, 0], [2, 2]])
    #expect(cotangents[0].shape == [1, 3])
  }

  @Test("a rule changes the pass, not the recording")
  func rulesBelongToThePass() {
    let tape = Tape(engine: engine)
    let x = tape.watch(.row([-1, 1, 1], in: engine.pool))
    let y = activate(x, .relu)
    let seed = Tensor.row([1, 1, -1], in: engine.pool)
    let rules: [ReLURule] = [.guided, .exact]
    let cotangents = rules.map { tape.cotangents(of: y, seed: seed, at: [x], rule: $0)[0].elements }
    #expect(cotangents == [[0, 1, 0], [0, 1, -1]])
  }

  @Test("the tape is freed with the last variable, and a recording outlives it")
  func tapeIsFreed() throws {
    weak var watched: Tape?
    var recording: Recording?
    var ends: (x: Variable.Node, y: Variable.Node)?
    do {
      let tape = Tape(engine: engine)
      watched = tape
      let x = tape.watch(.row([1, -1], in: engine.pool))
      let y = activate(add(x, x), .relu)
      ends = (try #require(x.node), try #require(y.node))
      recording = tape.recording()
    }
    #expect(watched == nil)
    let (x, y) = try #require(ends)
    let seed = Tensor.row([1, 1], in: engine.pool)
    #expect(recording?.cotangents(of: y, seed: seed, at: [x], on: engine)[0].elements == [2, 0])
  }

  @Test("live bytes return to where they began")
  func memoryReturns() {
    let network = SmallNetwork(in: engine.pool)
    let before = engine.pool.counters.live
    for _ in 0..<3 {
      let tape = Tape(engine: engine)
      let x = tape.watch(network.image(in: engine.pool))
      let y = network.logits(of: x)
      _ = tape.cotangents(of: y, seed: .oneHot(2, count: 5, in: engine.pool), at: [x])
    }
    #expect(engine.pool.counters.live == before)
    #expect(engine.pool.counters.reused > 0)
  }

  @Test("eight threads pull through one recording at once and get the bits of one thread alone")
  func concurrentPasses() throws {
    let network = SmallNetwork(in: engine.pool)
    let tape = Tape(engine: engine)
    let x = tape.watch(network.image(in: engine.pool))
    let y = network.logits(of: x)
    let (xNode, yNode) = (try #require(x.node), try #require(y.node))
    let recording = tape.recording()
    let cotangent = { @Sendable [engine] (logit: Int) in
      recording.cotangents(of: yNode, seed: .oneHot(logit, count: 5, in: engine.pool), at: [xNode], on: engine)[0]
        .elements.map(\.bitPattern)
    }
    let alone = (0..<5).map(cotangent)
    let different = Tally(count: 8)
    onThreads(8) { thread in
      for round in 0..<10 where cotangent((thread + round) % 5) != alone[(thread + round) % 5] { different.add(thread) }
    }
    #expect(different.total == 0)
    #expect(Set(alone).count == 5)
  }

  @Test("does what the README says")
  func readme() {
    let tape = Tape(engine: engine)
    let x = tape.watch(Tensor([1, 2, 2, 1], [1, -2, 3, 4], in: engine.pool))
    let filter = Variable.constant(Tensor([1, 1, 1, 2], [1, -1], in: engine.pool))
    let weight = Variable.constant(Tensor([2, 2], [1, 0, 2, 4], in: engine.pool))
    let activations = convolution(x, filter: filter, activation: .relu)
    let logits = linear(globalAveragePool(activations), weight: weight)
    #expect(logits.value.elements == [2, 6])
    let seed = Tensor.oneHot(1, count: 2, in: engine.pool)
    let gradients = tape.cotangents(of: logits, seed: seed, at: [activations, x])
    #expect(gradients[0].elements == [0.5, 1, 0.5, 1, 0.5, 1, 0.5, 1])
    #expect(gradients[1].elements == [0.5, -1, 0.5, 0.5])
  }

  @Test("traps when values of two tapes meet")
  func refusesOtherTapes() async {
    await #expect(processExitsWith: .failure) {
      let engine = poisonedEngine()
      let (a, b) = (Tape(engine: engine), Tape(engine: engine))
      _ = add(a.watch(.row([1], in: engine.pool)), b.watch(.row([1], in: engine.pool)))
    }
  }

  /// The identity, which counts how often it is pulled back through.
  private func counted(_ x: Variable, _ index: Int, _ calls: Tally) -> Variable {
    var pullbacks = Pullbacks()
    pullbacks.add(for: x) { cotangent, _ in
      calls.add(index)
      return cotangent
    }
    return x.tape!.record(x.value, pullbacks)
  }
}

/// A convolution, a residual depthwise block and a linear layer: every operation that keeps something, and a value
/// used twice.
private struct SmallNetwork {
  let stem: Tensor
  let depthwise: Tensor
  let head: Tensor

  init(in pool: BufferPool) {
    var random = SplitMix64(seed: 21)
    stem = random.tensor([3, 3, 3, 8], in: pool)
    depthwise = random.tensor([3, 3, 8], in: pool)
    head = random.tensor([5, 8], in: pool)
  }

  func image(in pool: BufferPool) -> Tensor {
    var random = SplitMix64(seed: 22)
    return random.tensor([1, 33, 31, 3], in: pool)
  }

  func logits(of x: Variable) -> Variable {
    let a = convolution(x, filter: .constant(stem), padding: .same, activation: .relu6)
    let b = depthwiseConvolution(a, filter: .constant(depthwise), padding: .same, activation: .relu)
    return linear(globalAveragePool(add(a, b)), weight: .constant(head))
  }
}
