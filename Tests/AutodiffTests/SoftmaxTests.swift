import Autodiff
import Glibc
import Testing

@Suite struct SoftmaxTests {
  /// exp(ln k) = k.
  @Test func probabilitiesFollowFromTheDefinition() {
    let logits = [1.0, 2, 5].map { Float(log($0)) }
    let expected = [1.0 / 8, 2.0 / 8, 5.0 / 8]
    for (probability, expected) in zip(softmax(logits), expected) {
      #expect(abs(Double(probability) - expected) < 1e-7)
    }
    let scale = SoftmaxScale(of: logits)
    for (logit, expected) in zip(logits, expected) {
      #expect(abs(scale.probability(of: logit) - expected) < 1e-7)
      #expect(abs(scale.logProbability(of: logit) - log(expected)) < 1e-6)
      #expect(scale.power(of: logit) / scale.sum == scale.probability(of: logit))
    }
  }

  /// exp(ln k / T) = k^(1 / T).
  @Test func theTemperatureDividesTheLogits() {
    let logits = [1.0, 2, 5].map { Float(log($0)) }
    for (temperature, expected) in [(0.5, [1.0 / 30, 4.0 / 30, 25.0 / 30]), (1e9, [1.0 / 3, 1.0 / 3, 1.0 / 3])] {
      let scale = SoftmaxScale(of: logits, temperature: temperature)
      for (index, expected) in expected.enumerated() {
        #expect(abs(Double(softmax(logits, temperature: temperature)[index]) - expected) < 1e-7)
        #expect(abs(scale.probability(of: logits[index]) - expected) < 1e-7)
        #expect(abs(scale.logProbability(of: logits[index]) - log(expected)) < 1e-6)
      }
    }
  }

  /// The formula without a temperature.
  @Test func aTemperatureOfOneChangesNoBit() {
    var random = SplitMix64(seed: 1)
    for count in [1, 2, 7, 100] {
      let logits = (0..<count).map { _ in 40 * random.unit() - 20 }
      let maximum = Double(logits.max()!)
      let powers = logits.map { exp(Double($0) - maximum) }
      let sum = powers.reduce(0, +)
      #expect(softmax(logits) == powers.map { Float($0 / sum) })
      let scale = SoftmaxScale(of: logits)
      for (logit, power) in zip(logits, powers) {
        #expect(scale.probability(of: logit) == power / sum)
        #expect(scale.logProbability(of: logit) == Double(logit) - maximum - log(sum))
      }
    }
  }

  /// What would overflow by itself.
  @Test func largeLogitsDoNotOverflow() {
    #expect(softmax([Float(1000), 1000]) == [0.5, 0.5])
    #expect(softmax([Float(-1e30), 1e30]) == [0, 1])
    #expect(softmax([Double(700), 700, 700, 700]) == [0.25, 0.25, 0.25, 0.25])
    #expect(softmax([Float]()).isEmpty)
  }

  @Test func theFirstOfEqualOnesIsTheLargest() {
    #expect([Float](arrayLiteral: 1, 3, 2, 3).indexOfLargest == 1)
    #expect([Float]().indexOfLargest == nil)
  }

  /// The test vectors of http://www.isthe.com/chongo/src/fnv/test_fnv.c
  @Test func fnv1aHasItsTestVectors() {
    #expect(fnv1a64("") == 0xcbf2_9ce4_8422_2325)
    #expect(fnv1a64("a") == 0xaf63_dc4c_8601_ec8c)
    #expect(fnv1a64("foobar") == 0x8594_4171_f739_67e8)
  }
}
