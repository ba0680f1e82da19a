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

/// An image as it is sent.
package enum ImageSource: Sendable {
  /// The bytes of a file, hostile until they are decoded.
  case file([UInt8])
  /// Pixels that somebody has decoded already: upright, as they are to be looked at.
  case pixels(RGBImage)

  /// The bytes as they were sent.
  package var bytes: [UInt8] {
    switch self {
    case .file(let bytes): bytes
    case .pixels(let image): image.pixels
    }
  }
}

/// A picture and where it came from.
package struct DecodedImage: Hashable, Sendable {
  /// Upright, 8-bit RGB as stored, or as stretched by `window`: no gamma or colour profile is applied, transparent
  /// parts lie over white.
  package let image: RGBImage
  /// nil where the pixels were sent as such.
  package let format: ImageFormat?
  /// Upright, full resolution, in pixels; `image` may have been decoded smaller.
  package let originalSize: ImageSize
  /// The part of `image` that the original fills, in its pixels: all of it, but that a picture which was decoded
  /// smaller may end within its last row and column.
  package let covered: ImageRegion
  /// What is odd about the file although the picture is whole: plain sentences, without text from the file.
  package let warnings: [String]
  /// What the samples were stretched by; nil where they are as stored.
  package let window: SampleWindow?

  package init(
    image: RGBImage, format: ImageFormat?, originalSize: ImageSize, covered: ImageRegion? = nil,
    warnings: [String] = [],
    window: SampleWindow? = nil
  ) {
    self.image = image
    self.format = format
    self.originalSize = originalSize
    self.covered = covered ?? ImageRegion(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
    self.warnings = warnings
    self.window = window
  }
}

/// Recognises an image file by its bytes and reads its upright size, without allocating or decoding a pixel.
///
/// - Throws: `empty`, `notAnImage`, `unsupported`, `broken`. The size is not compared with any limit.
package func probeImage(_ bytes: [UInt8]) throws(ImageError) -> ImageHeader {
  switch try format(of: bytes) {
  case .jpeg: ImageHeader(format: .jpeg, size: try JPEGHeader(bytes).uprightSize)
  case .png: ImageHeader(format: .png, size: try PNGHeader(bytes).uprightSize)
  case .webp: ImageHeader(format: .webp, size: try WebPHeader(bytes).uprightSize)
  }
}

/// Decodes a JPEG, PNG or WebP, whatever its bytes may be, to an upright RGB picture.
///
/// The limits are checked against the header, before anything is allocated by what it claims. Time is bounded by the
/// number of bytes and pixels.
/// - Parameters:
///   - bytes: the file. Its kind is told by its content alone.
///   - window: what its samples are stretched by; nil takes them as stored.
///   - smallest: for the upright size of a picture, the smallest size that will do. A JPEG is then decoded at the
///     smallest of 1, 1/2, 1/4 and 1/8 of its size that is no smaller, neither in width nor in height; nil decodes at
///     full resolution. A PNG or WebP always is.
/// - Throws: any `ImageError`.
package func decodeImage(
  _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), window: SampleWindow? = nil,
  atLeast smallest: ((ImageSize) -> ImageSize)? = nil
) throws(ImageError) -> DecodedImage {
  switch try format(of: bytes) {
  case .jpeg:
    let header = try JPEGHeader(bytes)
    try limits.check(header.uprightSize)
    try window?.check(against: 255)
    return try decodeJPEG(
      bytes, header: header, limits: limits, window: window,
      atLeast: smallest?(header.uprightSize) ?? header.uprightSize)
  case .png:
    let header = try PNGHeader(bytes)
    try limits.check(header.uprightSize)
    try window?.check(against: header.depth == 16 ? SampleWindow.largestSample : 255)
    return try decodePNG(bytes, header: header, window: window)
  case .webp:
    let header = try WebPHeader(bytes)
    try limits.check(header.uprightSize)
    try window?.check(against: 255)
    return try decodeWebP(bytes, header: header, window: window)
  }
}

/// `decodeImage` of an image in any form. Pixels are only held against the limits, and stretched by the window.
package func decodeImage(
  _ source: ImageSource, limits: ImageLimits = ImageLimits(), window: SampleWindow? = nil,
  atLeast smallest: ((ImageSize) -> ImageSize)? = nil
) throws(ImageError) -> DecodedImage {
  switch source {
  case .file(let bytes): return try decodeImage(bytes, limits: limits, window: window, atLeast: smallest)
  case .pixels(let image):
    try limits.check(image.size)
    try window?.check(against: 255)
    return DecodedImage(image: image.stretched(by: window), format: nil, originalSize: image.size, window: window)
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
