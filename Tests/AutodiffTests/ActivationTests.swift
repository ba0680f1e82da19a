import Autodiff
import TestSupport
import Testing

@Suite("Activations")
struct ActivationTests {
  @Test("ReLU and ReLU6, values and derivatives on and around the kinks")
  func kinks() {
    let z: [Float] = [-1, -0.0, 0, 0.5, 5.5, 6, 7]
    let ones = [Float](repeating: 1, count: z.count)
    let relu = run(.relu, z, seed: ones)
    #expect(relu.value == [0, 0, 0, 0.5, 5.5, 6, 7])
    #expect(relu.cotangents == [[0, 0, 0, 1, 1, 1, 1]])
    let relu6 = run(.relu6, z, seed: ones)
    #expect(relu6.value == [0, 0, 0, 0.5, 5.5, 6, 6])
    #expect(relu6.cotangents == [[0, 0, 0, 1, 1, 0, 0]])
  }

  @Test("the hard sigmoid and the hard swish, values and derivatives on and around the kinks")
  func hardKinks() {
    let z: [Float] = [-4, -3, -1.5, 0, 1.5, 3, 4]
    let ones = [Float](repeating: 1, count: z.count)
    let sigmoid = run(.hardSigmoid, z, seed: ones)
    #expect(sigmoid.value == [0, 0, 0.25, 0.5, 0.75, 1, 1])
    let sixth: Float = 1 / 6
    #expect(sigmoid.cotangents == [[0, 0, sixth, sixth, sixth, 0, 0]])
    let swish = run(.hardSwish, z, seed: ones)
    #expect(swish.value == [0, 0, -0.375, 0, 1.125, 3, 4])
    #expect(swish.cotangents == [[0, 0, 0, 0.5, 1, 1, 1]])
  }

  @Test("the ReLU rules: derivative; derivative where the cotangent is positive")
  func rules() {
    let z: [Float] = [-1, -1, 2, 2, 7, 7]
    let seed: [Float] = [3, -3, 3, -3, 3, -3]
    #expect(run(.relu, z, seed: seed, rule: .exact).cotangents == [[0, 0, 3, -3, 3, -3]])
    #expect(run(.relu, z, seed: seed, rule: .guided).cotangents == [[0, 0, 3, 0, 3, 0]])
    #expect(run(.relu6, z, seed: seed, rule: .exact).cotangents == [[0, 0, 3, -3, 0, 0]])
    #expect(run(.relu6, z, seed: seed, rule: .guided).cotangents == [[0, 0, 3, 0, 0, 0]])
  }

  private static let smooth: [Activation] = [.hardSigmoid, .hardSwish, .sigmoid, .silu, .gelu, .geluTanh, .quickGELU]

  @Test("NaN goes through, it does not become 0", arguments: [Activation.relu, .relu6] + smooth)
  func keepsNaN(_ activation: Activation) {
    #expect(run(activation, [.nan], seed: [1]).value[0].isNaN)
  }

  @Test("sigmoid and SiLU are within 1e-6 of the formula in Double wherever it is a normal float")
  func accuracy() {
    let z = (-87_000...87_000).map { Float($0) / 1000 }
    for activation in [Activation.sigmoid, .silu] {
      let y = run(activation, z, seed: z).value
      let worst = zip(z, y).map { z, y -> Double in
        let expected = activation.reference(Double(z))
        return expected == 0 ? abs(Double(y)) : abs(Double(y) - expected) / abs(expected)
      }
      #expect(worst.reduce(0, max) < 1e-6, "\(activation)")
    }
  }

  @Test("sigmoid and SiLU at 0 and far out")
  func smoothLiterals() {
    let far = run(.sigmoid, [0, 200, -200, .greatestFiniteMagnitude, -.infinity], seed: [1, 1, 1, 1, 1])
    #expect(far.value[0] == 0.5 && far.cotangents[0][0] == 0.25)
    #expect(far.value[1] == 1 && far.value[3] == 1)
    #expect((0..<1e-37).contains(far.value[2]) && (0..<1e-37).contains(far.value[4]))
    let silu = run(.silu, [0, 200, -200], seed: [1, 1, 1])
    #expect(silu.value[0] == 0 && silu.value[1] == 200 && abs(silu.value[2]) < 1e-35)
    #expect(silu.cotangents[0][0] == 0.5 && silu.cotangents[0][1] == 1 && abs(silu.cotangents[0][2]) < 1e-35)
  }

  @Test("the GELUs are within 1e-6 of the formula in Double, and 0 far below")
  func geluAccuracy() {
    let z = (-100_000...100_000).map { Float($0) / 1000 }
    for activation in [Activation.gelu, .geluTanh, .quickGELU] {
      let y = run(activation, z, seed: z).value
      let worst = zip(z, y).map { z, y in
        abs(Double(y) - activation.reference(Double(z))) / max(1, abs(Double(z)))
      }
      #expect(worst.reduce(0, max) < 5e-7, "\(activation)")
    }
    let far = run(.gelu, [0, 100, -100], seed: [1, 1, 1])
    #expect(far.value[0] == 0 && far.value[1] == 100 && abs(far.value[2]) < 1e-9)
    #expect(far.cotangents[0][0] == 0.5 && far.cotangents[0][1] == 1 && abs(far.cotangents[0][2]) < 1e-9)
  }

  @Test("the derivative is the slope of the formula", arguments: [Activation.relu, .relu6] + smooth)
  func slopes(_ activation: Activation) {
    var random = SplitMix64(seed: 51)
    let z = random.units(40_000).map { $0 * 10 }.filter { z in !activation.kinks.contains { abs($0 - Double(z)) < 1e-3 }
    }
    let seed = random.units(z.count)
    let expected = zip(z, seed).map { activation.slope(at: Double($0)) * Double($1) }
    // The cubic argument of the approximation is rounded before its exponential is taken.
    let bound = activation == .geluTanh ? 2e-6 : 1e-6
    #expect(relativeError(of: run(activation, z, seed: seed).cotangents[0], from: expected) < bound)
  }

  @Test("the ReLU rules leave smooth activations alone", arguments: smooth)
  func rulesAreForReLUs(_ activation: Activation) {
    let z: [Float] = [-3, -1, 1, 3]
    let seed: [Float] = [1, -1, -2, 2]
    let exact = run(activation, z, seed: seed)
    #expect(exact.cotangents[0].contains { $0 < 0 })
    #expect(run(activation, z, seed: seed, rule: .guided) == exact)
  }

  @Test("identity is the value itself, and is not recorded")
  func identity() {
    let engine = poisonedEngine()
    let tape = Tape(engine: engine)
    let z = tape.watch(.row([1, 2], in: engine.pool))
    let y = activate(z, .identity)
    #expect(y.node == z.node)
  }

  @Test("traps on a value that no tape knows, rather than giving it back unchanged")
  func refusesStrangers() async {
    await #expect(processExitsWith: .failure) {
      let engine = poisonedEngine()
      _ = activate(.constant(.row([-1], in: engine.pool)), .relu)
    }
  }

  private func run(_ activation: Activation, _ z: [Float], seed: [Float], rule: ReLURule = .exact) -> Evaluation {
    let engine = poisonedEngine()
    return evaluate(
      [.row(z, in: engine.pool)], seed: .row(seed, in: engine.pool), rule: rule, on: engine
    ) { activate($0[0], activation) }
  }
}
