/// e^x within 3e-7 relative for x in [-87, 88], clamped outside of it; NaN gives NaN.
///
/// Cody and Waite's reduction x = n ln 2 + r and Moshier's polynomial for e^r on |r| <= ln 2 / 2 (Cephes, expf).
/// Additions, multiplications and integer shifts only, no branch and no call, so that a loop over it becomes SIMD
/// code on any processor.
@inline(__always)
func exponential(_ x: Float) -> Float {
  let x = x < -87 ? -87 : x > 88 ? 88 : x
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits of the sum.
  let roundingShift: Float = 12_582_912
  let shifted = x * 1.442_695_04 + roundingShift
  let n = shifted - roundingShift
  let r = (x - n * 0.693_359_375) + n * 2.121_944_40e-4
  var p: Float = 1.987_569_15e-4
  p = p * r + 1.398_199_95e-3
  p = p * r + 8.333_451_91e-3
  p = p * r + 4.166_579_59e-2
  p = p * r + 1.666_666_55e-1
  p = p * r + 5.000_000_12e-1
  let twoToTheN = Float(bitPattern: (shifted.bitPattern &- roundingShift.bitPattern &+ 127) &<< 23)
  return (p * (r * r) + r + 1) * twoToTheN
}

/// 1 / (1 + e^-z).
@inline(__always)
func sigmoid(_ z: Float) -> Float { 1 / (1 + exponential(-z)) }
