import CPNGShim

/// Encodes an 8-bit RGB PNG, fast rather than small: see `docs/decisions/png-encoding.md`.
package func encodePNG(_ image: RGBImage, by loop: ParallelLoop = onThisThread) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 3, by: loop)
}

/// Encodes an 8-bit RGBA PNG with straight alpha.
package func encodePNG(_ image: RGBAImage, by loop: ParallelLoop = onThisThread) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, channels: 4, by: loop)
}

/// Encodes an 8-bit palette PNG: a quarter of the bytes of RGBA to go through, and often a tenth of the file.
package func encodePNG(_ image: IndexedImage, by loop: ParallelLoop = onThisThread) -> [UInt8] {
  image.palette.flatMap { [$0.red, $0.green, $0.blue, $0.alpha] }.withUnsafeBufferPointer {
    encodePNG(image.indices, size: image.size, channels: 1, palette: $0, by: loop)
  }
}

/// Bytes of a picture that are deflated in one go: some hundred bytes of codes a stripe are no matter then, and an
/// overlay of 224 x 224 has two.
private let stripeBytes = 96 << 10

private func encodePNG(
  _ pixels: [UInt8], size: ImageSize, channels: Int, palette: UnsafeBufferPointer<UInt8>? = nil, by loop: ParallelLoop
) -> [UInt8] {
  precondition(size.pixelCount > 0, "encodePNG: a picture without pixels")
  return pixels.withUnsafeBufferPointer { pixels in
    var picture = cpng_picture(
      width: UInt32(size.width), height: UInt32(size.height), channels: Int32(channels), pixels: pixels.baseAddress,
      palette: palette?.baseAddress, colors: Int32((palette?.count ?? 0) / 4))
    let count = min(size.height, (pixels.count + stripeBytes - 1) / stripeBytes)
    return withUnsafeTemporaryAllocation(of: cpng_stripe.self, capacity: count) { stripes in
      stripes.initialize(repeating: cpng_stripe())
      defer { for stripe in stripes { cpng_free(stripe.bytes) } }
      // Iterations write stripes of their own and read what none writes.
      nonisolated(unsafe) let (shared, stripes) = (picture, stripes)
      loop(count) { index in
        var picture = shared
        let status = cpng_deflate(
          &picture, UInt32(index * size.height / count), UInt32((index + 1) * size.height / count),
          stripes.baseAddress! + index)
        guard status == CPNG_OK else { fatalError("encodePNG: out of memory") }
      }
      var png: UnsafeMutablePointer<UInt8>?
      var byteCount = 0
      defer { cpng_free(png) }
      guard cpng_write(&picture, stripes.baseAddress, count, &png, &byteCount) == CPNG_OK, let png else {
        fatalError("encodePNG: out of memory")
      }
      return Array(UnsafeBufferPointer(start: png, count: byteCount))
    }
  }
}
