import Images

/// A picture given by a formula, of smooth and of rough parts, with channels that differ.
///
/// The same formula stands in `Tests/Golden/make_resize_goldens.py`.
func formulaPicture(_ width: Int, _ height: Int) -> RGBImage {
  picture(width, height) { x, y in
    (0..<3).map { channel in
      UInt8(truncatingIfNeeded: x * 7 + y * 5 + channel * 40 + (x * y ^ x >> 1) * (channel + 1) / 3)
    }
  }
}

/// A picture that JPEG keeps nearly as it is: straight ramps along x (red), y (green) and both (blue).
func rampPicture(_ width: Int, _ height: Int) -> RGBImage {
  picture(width, height) { x, y in
    [UInt8(x * 200 / width + 20), UInt8(y * 200 / height + 20), UInt8((x + y) * 200 / (width + height) + 20)]
  }
}

/// A picture of the pixels that `pixel` gives for each x and y.
func picture(_ width: Int, _ height: Int, _ pixel: (_ x: Int, _ y: Int) -> [UInt8]) -> RGBImage {
  var pixels: [UInt8] = []
  pixels.reserveCapacity(width * height * 3)
  for y in 0..<height { for x in 0..<width { pixels += pixel(x, y) } }
  return RGBImage(size: ImageSize(width: width, height: height), pixels: pixels)
}

extension RGBImage {
  /// R, G, B.
  subscript(x: Int, y: Int) -> [UInt8] { Array(pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3]) }

  func cropped(to rect: PixelRect) -> RGBImage {
    picture(rect.width, rect.height) { x, y in self[rect.x + x, rect.y + y] }
  }

  /// The first of three channels, row by row: all there is to a grey picture.
  var reds: [UInt8] { stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] } }

  /// The largest difference of any sample; the sizes must be equal.
  func largestDifference(from other: RGBImage) -> Int {
    zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }
}

/// A sample of 0 to 255 blended over white, to the nearest value.
func overWhite(_ value: Int, alpha: Int) -> UInt8 {
  let light: Double = Double(value * alpha) + Double(255 * (255 - alpha))
  return UInt8((light / 255).rounded())
}

/// FNV-1a, 64 bit.
func checksum(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// What decoding made of bytes, so that tests can compare outcomes.
func outcome(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) -> Result<RGBImage, ImageError> {
  do throws(ImageError) {
    return .success(try decodeImage(bytes, limits: limits).image)
  } catch {
    return .failure(error)
  }
}
