import CPNGShim

// MARK: - Decoding

/// Decodes the picture of a PNG, upright, alpha blended over white.
///
/// A file is decoded whole or not at all: see `docs/decisions/damaged-images.md`.
func decodePNG(_ bytes: [UInt8], header: PNGHeader) throws(ImageError) -> RGBImage {
  let size = header.size
  var status = CPNG_OK
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    status = cpng_read_rgb(bytes, bytes.count, UInt32(size.width), UInt32(size.height), target.baseAddress)
    count = status == CPNG_OK ? target.count : 0
  }
  switch status {
  case CPNG_OK: return header.orientation.upright(RGBImage(size: size, pixels: pixels))
  case CPNG_ENDS_EARLY: throw .broken(format: .png, reason: "it ends before its picture does")
  case CPNG_DAMAGED: throw .broken(format: .png, reason: "its picture data are damaged")
  default: fatalError("libpng: out of memory")
  }
}

// MARK: - Encoding

/// Encodes an 8-bit RGB PNG, fast rather than small: deflate level 1, filter Sub.
package func encodePNG(_ image: RGBImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 3)
}

/// Encodes an 8-bit RGBA PNG with straight alpha, fast rather than small: deflate level 1, filter Sub.
package func encodePNG(_ image: RGBAImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 4)
}

private func encodePNG(_ pixels: [UInt8], size: ImageSize, channels: Int32) -> [UInt8] {
  precondition(size.pixelCount > 0, "encodePNG: a picture without pixels")
  var png: UnsafeMutablePointer<UInt8>?
  var count = 0
  defer { cpng_free(png) }
  let status = cpng_write(pixels, UInt32(size.width), UInt32(size.height), channels, &png, &count)
  guard status == CPNG_OK, let png else { fatalError("libpng: out of memory") }
  return Array(UnsafeBufferPointer(start: png, count: count))
}
