import CPNGShim

/// Encodes an 8-bit RGB PNG, fast rather than small: see `docs/decisions/png-encoding.md`.
package func encodePNG(_ image: RGBImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 3)
}

/// Encodes an 8-bit RGBA PNG with straight alpha.
package func encodePNG(_ image: RGBAImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 4)
}

/// Encodes an 8-bit palette PNG: a quarter of the bytes of RGBA to go through, and often a tenth of the file.
package func encodePNG(_ image: IndexedImage) -> [UInt8] {
  image.palette.flatMap { [$0.red, $0.green, $0.blue, $0.alpha] }.withUnsafeBufferPointer {
    encodePNG(image.indices, size: image.size, channels: 1, palette: $0)
  }
}

private func encodePNG(
  _ pixels: [UInt8], size: ImageSize, channels: Int32, palette: UnsafeBufferPointer<UInt8>? = nil
) -> [UInt8] {
  precondition(size.pixelCount > 0, "encodePNG: a picture without pixels")
  var png: UnsafeMutablePointer<UInt8>?
  var count = 0
  defer { cpng_free(png) }
  let status = pixels.withUnsafeBufferPointer { pixels in
    var picture = cpng_picture(
      width: UInt32(size.width), height: UInt32(size.height), channels: channels, pixels: pixels.baseAddress,
      palette: palette?.baseAddress, colors: Int32((palette?.count ?? 0) / 4))
    return cpng_write(&picture, &png, &count)
  }
  guard status == CPNG_OK, let png else { fatalError("libpng: out of memory") }
  return Array(UnsafeBufferPointer(start: png, count: count))
}
