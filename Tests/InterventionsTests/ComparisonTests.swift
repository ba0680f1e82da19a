import Testing

@testable import Interventions

@Suite("Interventions beside their controls")
struct ComparisonTests {
  private func trial(_ flips: [Bool]) -> Trial {
    var trial = Trial()
    for flip in flips {
      trial.add(Trial.Move(from: 0, to: flip ? 1 : 0), isFlip: flip, probability: -0.5, logit: -1)
    }
    return trial
  }

  @Test("The chance is that of the sign test over pictures that flip by one of the two alone")
  func chance() {
    let effect = trial([true, true, true, true, false, true])
    // Alone 3 and against 1 of 4: (4 + 1) / 16.
    let control = trial([true, false, false, false, true, true])
    #expect(abs(Comparison(effect: effect, control: control).chance - 5.0 / 16) < 1e-12)
    #expect(Comparison(effect: control, control: control).chance == 1)
    let alone = Comparison(
      effect: trial(Array(repeating: true, count: 10)), control: trial(Array(repeating: false, count: 10)))
    #expect(abs(alone.chance - 1.0 / 1024) < 1e-12)
    #expect(
      alone.difference == 1 && alone.effect.probabilityChange == -0.5
        && alone.effect.moves == [Trial.Move(from: 0, to: 1): 10])
  }

  @Test("The interval of the difference is Newcombe's")
  func interval() {
    // Newcombe 1998, table II, method 10: 56/70 against 48/80.
    func flips(_ hits: Int, _ count: Int) -> Trial { trial((0..<count).map { $0 < hits }) }
    let interval = Comparison(effect: flips(56, 70), control: flips(48, 80)).differenceInterval
    #expect(abs(interval.low - 0.0524) < 5e-5 && abs(interval.high - 0.3339) < 5e-5)
  }

  @Test("The limit keeps the share of false findings, however many comparisons there are")
  func limit() {
    // 0.01 <= 0.05 / 4 and 0.02 <= 0.05 * 2 / 4; 0.04 > 0.05 * 3 / 4.
    #expect(Comparison.limit(of: [0.04, 0.9, 0.01, 0.02], rate: 0.05) == 0.02)
    #expect(Comparison.limit(of: [0.04, 0.9, 0.5, 0.02], rate: 0.05) == 0)
    #expect(Comparison.limit(of: [], rate: 0.05) == 0)
  }
}
