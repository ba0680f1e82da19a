/// A seeded generator, so that every failure reproduces.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
package struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A float in [-1, 1).
  package mutating func unit() -> Float { Float(Double(next() >> 40) * (2 / Double(1 << 24)) - 1) }

  package mutating func units(_ count: Int) -> [Float] { (0..<count).map { _ in unit() } }
}
