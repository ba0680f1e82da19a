import Testing

@testable import Training

@Suite("Learning rate schedule")
struct LearningRateScheduleTests {
  @Test("ten steps, two of them warm-up, by hand")
  func literals() {
    let schedule = LearningRateSchedule(steps: 10, warmUpSteps: 2, finalShare: 0)
    let expected = [
      0.5, 1, 1, 0.961939766255643, 0.853553390593274, 0.691341716182545, 0.5, 0.308658283817455, 0.146446609406726,
      0.038060233744357,
    ]
    for (step, value) in expected.enumerated() { #expect(abs(schedule.factor(at: step) - value) < 1e-12) }
  }

  @Test("a final share is where the cosine ends, not an offset of the peak")
  func finalShare() {
    let schedule = LearningRateSchedule(steps: 4, warmUpSteps: 0, finalShare: 0.2)
    #expect(abs(schedule.factor(at: 0) - 1) < 1e-12)
    #expect(abs(schedule.factor(at: 2) - 0.6) < 1e-12)
    #expect(abs(schedule.factor(at: 4) - 0.2) < 1e-12)
  }

  @Test("a run of warm-up only has no cosine to divide by zero")
  func onlyWarmUp() {
    let schedule = LearningRateSchedule(steps: 3, warmUpSteps: 3)
    #expect((0..<3).map(schedule.factor) == [1.0 / 3, 2.0 / 3, 1])
  }
}
