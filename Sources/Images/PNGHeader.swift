/// What the first chunks of a PNG say before libpng sees it.
///
/// Source: Portable Network Graphics (Third Edition), W3C, sections 5 (structure), 11.2.1 (IHDR) and 11.3.3.3 (eXIf).
struct PNGHeader {
  /// As stored, before `orientation` is applied.
  let size: ImageSize
  let orientation: Orientation
  /// Bits a sample.
  let depth: Int

  var uprightSize: ImageSize { orientation.turned(size) }

  /// Reads IHDR and, if it stands before the picture, eXIf. Checksums are left to libpng. No limit is applied here.
  init(_ bytes: [UInt8]) throws(ImageError) {
    let file = ByteReader(bytes)
    guard file.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
      throw .broken(format: .png, reason: "its signature was changed, as a transfer in text mode does")
    }
    // A private critical chunk before IHDR: samples are B, G, R with alpha multiplied in, deflated without a zlib
    // header.
    guard !file.has("CgBI", at: 12) else {
      throw .unsupported(
        kind: "Xcode's CgBI PNG",
        advice: "use the PNG from the app's sources, or convert this one back with "
          + "'pngcrush -revert-iphone-optimizations'")
    }
    guard file.uint32(at: 8) == 13, file.has("IHDR", at: 12), let width = file.uint32(at: 16),
      let height = file.uint32(at: 20), let depth = file.byte(at: 24), file.byte(at: 32) != nil
    else { throw .broken(format: .png, reason: "it does not begin with a header") }
    let sides = 1...Int(Int32.max)
    guard sides.contains(width), sides.contains(height) else {
      throw .broken(format: .png, reason: "its width or height is out of range")
    }
    self.size = ImageSize(width: width, height: height)
    self.depth = Int(depth)
    self.orientation = Self.orientation(in: bytes)
  }

  private static func orientation(in bytes: [UInt8]) -> Orientation {
    let file = ByteReader(bytes)
    var position = 33
    while let length = file.uint32(at: position), !file.has("IDAT", at: position + 4) {
      let body = position + 8..<position + 8 + length
      if file.has("eXIf", at: position + 4) { return Orientation(tiff: ByteReader(bytes, in: body)) }
      position = body.upperBound + 4
    }
    return .upright
  }
}
