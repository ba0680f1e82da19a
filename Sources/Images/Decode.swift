/// What a picture from outside may cost.
package struct ImageLimits: Hashable, Sendable {
  /// Width times height, before any scaling.
  package var maximumPixels: Int

  package init(maximumPixels: Int = 50_000_000) { self.maximumPixels = maximumPixels }

  /// Throws `tooManyPixels` for a picture over the limit.
  package func check(_ size: ImageSize) throws(ImageError) {
    let (pixels, isOverflow) = size.width.multipliedReportingOverflow(by: size.height)
    guard !isOverflow, pixels <= maximumPixels else { throw .tooManyPixels(size: size, limit: maximumPixels) }
  }
}

/// What the header of an image file says; nothing is known yet about the data behind it.
package struct ImageHeader: Hashable, Sendable {
  package let format: ImageFormat
  /// Upright, full resolution, in pixels.
  package let size: ImageSize
}

/// A picture and where it came from.
package struct DecodedImage: Hashable, Sendable {
  /// Upright, 8-bit RGB as stored: no gamma or colour profile is applied, transparent parts lie over white.
  package let image: RGBImage
  package let format: ImageFormat
  /// Upright, full resolution, in pixels; `image` may have been decoded smaller.
  package let originalSize: ImageSize

  package init(image: RGBImage, format: ImageFormat, originalSize: ImageSize) {
    self.image = image
    self.format = format
    self.originalSize = originalSize
  }
}

/// Recognises an image file by its bytes and reads its upright size, without allocating or decoding a pixel.
///
/// - Throws: `empty`, `notAnImage`, `unsupported`, `broken`. The size is not compared with any limit.
package func probeImage(_ bytes: [UInt8]) throws(ImageError) -> ImageHeader {
  switch try format(of: bytes) {
  case .jpeg: ImageHeader(format: .jpeg, size: try JPEGHeader(bytes).uprightSize)
  case .png: ImageHeader(format: .png, size: try PNGHeader(bytes).uprightSize)
  }
}

/// Decodes a JPEG or PNG, whatever its bytes may be, to an upright RGB picture.
///
/// The limits are checked against the header, before anything is allocated by what it claims. Time is bounded by the
/// number of bytes and pixels.
/// - Parameters:
///   - bytes: the file. Its kind is told by its content alone.
///   - shorterSide: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as its shorter side stays at least this
///     many pixels; nil decodes at full resolution. A PNG always is.
/// - Throws: any `ImageError`.
package func decodeImage(
  _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), atLeast shorterSide: Int? = nil
) throws(ImageError) -> DecodedImage {
  switch try format(of: bytes) {
  case .jpeg:
    let header = try JPEGHeader(bytes)
    try limits.check(header.uprightSize)
    let image = try decodeJPEG(bytes, header: header, limits: limits, atLeast: shorterSide)
    return DecodedImage(image: image, format: .jpeg, originalSize: header.uprightSize)
  case .png:
    let header = try PNGHeader(bytes)
    try limits.check(header.uprightSize)
    let image = try decodePNG(bytes, header: header)
    return DecodedImage(image: image, format: .png, originalSize: header.uprightSize)
  }
}

private func format(of bytes: [UInt8]) throws(ImageError) -> ImageFormat {
  guard !bytes.isEmpty else { throw .empty }
  switch FileKind(of: bytes) {
  case .image(let format): return format
  case .other(let name): throw .unsupported(kind: name)
  case .unknown: throw .notAnImage
  }
}
