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

  @Test("the ReLU rules: derivative; derivative and positive; positive whatever the activation was")
  func rules() {
    let z: [Float] = [-1, -1, 2, 2, 7, 7]
    let seed: [Float] = [3, -3, 3, -3, 3, -3]
    #expect(run(.relu, z, seed: seed, rule: .exact).cotangents == [[0, 0, 3, -3, 3, -3]])
    #expect(run(.relu, z, seed: seed, rule: .guided).cotangents == [[0, 0, 3, 0, 3, 0]])
    #expect(run(.relu, z, seed: seed, rule: .deconvolution).cotangents == [[3, 0, 3, 0, 3, 0]])
    #expect(run(.relu6, z, seed: seed, rule: .exact).cotangents == [[0, 0, 3, -3, 0, 0]])
    #expect(run(.relu6, z, seed: seed, rule: .guided).cotangents == [[0, 0, 3, 0, 0, 0]])
    #expect(run(.relu6, z, seed: seed, rule: .deconvolution).cotangents == [[3, 0, 3, 0, 3, 0]])
  }

  @Test("NaN goes through, it does not become 0", arguments: [Activation.relu, .relu6])
  func keepsNaN(_ activation: Activation) {
    #expect(run(activation, [.nan], seed: [1]).value[0].isNaN)
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
