import Glibc

/// Random numbers by their place: the n-th number of a seed's stream is the same whoever asks for it, in whatever order
/// and on whatever thread. There is no state to share or to advance.
///
/// The n-th word is the n-th output of a `SplitMix64` that starts at the stream's key.
package struct RandomNumbers: Hashable, Sendable {
  private let key: UInt64

  /// - Parameters:
  ///   - seed: what the user chooses; the same seed gives the same numbers.
  ///   - stream: tells uses of one seed apart: the n-th mask, the n-th noisy copy.
  package init(seed: UInt64, stream: UInt64 = 0) {
    key = SplitMix64.mixed(SplitMix64.mixed(seed &+ SplitMix64.golden) ^ (stream &* SplitMix64.golden))
  }

  /// 64 random bits.
  package func bits(_ index: Int) -> UInt64 { SplitMix64.mixed(key &+ (UInt64(index) &+ 1) &* SplitMix64.golden) }

  /// Uniform in [0, 1), a multiple of 2^-53.
  package func uniform(_ index: Int) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound; the bias is below bound / 2^64.
  package func integer(_ index: Int, below bound: Int) -> Int {
    precondition(bound > 0, "RandomNumbers.integer: there is no number below \(bound)")
    return Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Normal with mean 0 and deviation 1: the cosine half of Box and Muller's pair, from words 2 index and 2 index + 1.
  package func normal(_ index: Int) -> Double {
    let radius = (-2 * log(1 - uniform(2 * index))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 * index + 1))
  }

  /// `0..<count` in random order: each place swapped with one at or after it (Fisher and Yates).
  package func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for place in 0..<max(count - 1, 0) { order.swapAt(place, place + integer(place, below: count - place)) }
    return order
  }
}

/// Random numbers one after another, from a seed: the same everywhere and every time.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
package struct SplitMix64: RandomNumberGenerator {
  /// 2^64 divided by the golden ratio, odd.
  fileprivate static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= Self.golden
    return Self.mixed(state)
  }

  /// Uniform in [-1, 1), a multiple of 2^-23.
  package mutating func unit() -> Float { Float(Double(next() >> 40) * 0x1p-23 - 1) }

  fileprivate static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
