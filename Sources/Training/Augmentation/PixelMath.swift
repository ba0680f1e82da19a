/// Powers of many levels at once: loops of sums, products and shifts alone, which become SIMD, and which give the same
/// bits wherever they run.
enum PixelMath {
  /// log2(x) for normal x > 0, to about 1e-7 of max(1, |log2 x|).
  ///
  /// The polynomial is that of logf in S. Moshier's Cephes Mathematical Library, on [sqrt(1/2), sqrt(2)].
  @inline(__always)
  static func log2(_ x: Float) -> Float {
    let bits = Int32(bitPattern: x.bitPattern)
    let exponent = (bits &- 0x3F35_04F3) >> 23
    let t = Float(bitPattern: UInt32(bitPattern: bits &- (exponent << 23))) - 1
    var p: Float = 7.037_683_6e-2
    p = p * t - 1.151_461_03e-1
    p = p * t + 1.167_699_87e-1
    p = p * t - 1.242_014_08e-1
    p = p * t + 1.424_932_28e-1
    p = p * t - 1.666_805_77e-1
    p = p * t + 2.000_071_48e-1
    p = p * t - 2.499_999_4e-1
    p = p * t + 3.333_333_12e-1
    let square = t * t
    let natural = t + (p * t * square - 0.5 * square)
    return natural * 1.442_695_04 + Float(exponent)
  }

  /// 2^y for -126 <= y < 128, to about 1e-7 of the result.
  ///
  /// The polynomial is that of exp2f in S. Moshier's Cephes Mathematical Library, on [-1/2, 1/2].
  @inline(__always)
  static func exp2(_ y: Float) -> Float {
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
    let rounder: Float = 12_582_912
    let shifted = y + rounder
    let f = y - (shifted - rounder)
    let whole = Int32(bitPattern: shifted.bitPattern) &- Int32(bitPattern: rounder.bitPattern)
    var p: Float = 1.535_336_19e-4
    p = p * f + 1.339_887_44e-3
    p = p * f + 9.618_437_36e-3
    p = p * f + 5.550_332_47e-2
    p = p * f + 2.402_264_79e-1
    p = p * f + 6.931_472_03e-1
    p = p * f + 1
    return p * Float(bitPattern: UInt32(bitPattern: (whole &+ 127) << 23))
  }

  /// x^exponent, with x held in smallest...1 first; what is less than 2^-126 is that.
  @inline(__always)
  static func power(_ x: Float, _ exponent: Float, smallest: Float) -> Float {
    exp2(max(exponent * log2(min(max(x, smallest), 1)), -126))
  }
}
