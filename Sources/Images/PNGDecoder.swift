import CPNGShim

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
