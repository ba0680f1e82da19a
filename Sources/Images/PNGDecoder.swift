import CPNGShim

/// Decodes the picture of a PNG, upright, alpha blended over white.
///
/// A file is decoded whole or not at all: see `docs/decisions/damaged-images.md`.
func decodePNG(_ bytes: [UInt8], header: PNGHeader, window: SampleWindow?) throws(ImageError) -> DecodedImage {
  let size = header.size
  var status = CPNG_OK
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    let stretch = window.map { cpng_window(low: UInt16($0.low), high: UInt16($0.high)) } ?? cpng_window(low: 0, high: 0)
    status = cpng_read_rgb(bytes, bytes.count, UInt32(size.width), UInt32(size.height), stretch, target.baseAddress)
    count = status == CPNG_OK ? target.count : 0
  }
  switch status {
  case CPNG_OK:
    return DecodedImage(
      image: header.orientation.upright(RGBImage(size: size, pixels: pixels)), format: .png,
      originalSize: header.uprightSize,
      warnings: window == nil ? unusedRange(of: pixels, in: bytes, depth: header.depth).map { [$0] } ?? [] : [],
      window: window)
  case CPNG_ENDS_EARLY: throw .broken(format: .png, reason: "it ends before its picture does")
  case CPNG_DAMAGED: throw .broken(format: .png, reason: "its picture data are damaged")
  default: fatalError("libpng: out of memory")
  }
}

/// A sentence about 16-bit samples that use at least two bits fewer than they have, as sensors of 10 to 14 bits leave
/// them.
///
/// The samples are taken as stored all the same: whether to stretch them is not ours to guess.
private func unusedRange(of pixels: [UInt8], in bytes: [UInt8], depth: Int) -> String? {
  let (fullBits, usualBits) = (16, 14)
  // The largest that 14 bits of 16 can come to in 8 bits: a brighter pixel ends the search.
  let brightest = UInt8((1 << usualBits) / 257 + 1)
  guard depth == fullBits, pixels.allSatisfy({ $0 <= brightest }) else { return nil }
  let largest = Int(cpng_largest_sample16(bytes, bytes.count))
  let bits = Int.bitWidth - largest.leadingZeroBitCount
  guard (1...usualBits).contains(bits) else { return nil }
  return "Most of the range is unused: the largest value is \(largest) of 65535, \(bits) of 16 bits, "
    + "so the picture is dark. It is taken as stored; window=0,\((1 << bits) - 1) would stretch it."
}
