import CWebP

/// What the container of a WebP says before a pixel is decoded.
///
/// Source: RFC 9649, section 2. The container is walked by libwebp's demuxer, which allocates nothing by what the file
/// claims.
struct WebPHeader {
  /// The canvas as stored, before `orientation` is applied.
  let size: ImageSize
  let orientation: Orientation
  /// More than 1 in an animation.
  let frameCount: Int
  /// Whether the bytes go on to where the container says that they end.
  let isWhole: Bool

  var uprightSize: ImageSize { orientation.turned(size) }

  /// No limit is applied here.
  init(_ bytes: [UInt8]) throws(ImageError) {
    self = try withDemuxer(bytes) { demuxer, state throws(ImageError) in
      Self(
        size: ImageSize(
          width: Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH)),
          height: Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))),
        orientation: Self.orientation(demuxer, in: bytes),
        frameCount: Int(WebPDemuxGetI(demuxer, WEBP_FF_FRAME_COUNT)), isWhole: state == WEBP_DEMUX_DONE)
    }
  }

  private init(size: ImageSize, orientation: Orientation, frameCount: Int, isWhole: Bool) {
    self.size = size
    self.orientation = orientation
    self.frameCount = frameCount
    self.isWhole = isWhole
  }

  private static func orientation(_ demuxer: OpaquePointer, in bytes: [UInt8]) -> Orientation {
    var chunk = WebPChunkIterator()
    guard WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0 else { return .upright }
    defer { WebPDemuxReleaseChunkIterator(&chunk) }
    let exif = ByteReader(Array(UnsafeBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size)))
    // The chunk is a TIFF structure; some writers put the name of JPEG's segment before it.
    return Orientation(tiff: exif.has("Exif\0\0") ? exif.dropping(6) : exif)
  }
}

/// Decodes the picture of a WebP, of an animation the first frame, upright, alpha blended over white.
///
/// A file is decoded whole or not at all: see `docs/decisions/damaged-images.md`.
func decodeWebP(_ bytes: [UInt8], header: WebPHeader, window: SampleWindow?) throws(ImageError) -> DecodedImage {
  guard header.isWhole else { throw .broken(format: .webp, reason: "it ends before its picture does") }
  let stored = try withDemuxer(bytes) { demuxer, _ throws(ImageError) in
    try firstFrame(demuxer, canvas: header.size, window: window)
  }
  let warnings =
    header.frameCount > 1 ? ["The file is an animation of \(header.frameCount) frames; only the first is used."] : []
  return DecodedImage(
    image: header.orientation.upright(stored), format: .webp, originalSize: header.uprightSize, warnings: warnings,
    window: window)
}

/// Walks the container and hands over the demuxer, which points into the bytes, and how far it came.
private func withDemuxer<Result>(
  _ bytes: [UInt8], _ body: (OpaquePointer, WebPDemuxState) throws(ImageError) -> Result
) throws(ImageError) -> Result {
  try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
    var data = WebPData(bytes: buffer.baseAddress, size: buffer.count)
    var state = WEBP_DEMUX_PARSE_ERROR
    let demuxer = WebPDemuxPartial(&data, &state)
    defer { WebPDemuxDelete(demuxer) }
    switch state {
    case WEBP_DEMUX_PARSE_ERROR: throw .broken(format: .webp, reason: "its structure is damaged")
    case WEBP_DEMUX_PARSING_HEADER: throw .broken(format: .webp, reason: "it ends before its size is given")
    default: break
    }
    guard let demuxer else { fatalError("libwebp: out of memory") }
    return try body(demuxer, state)
  }
}

/// The first frame on a white canvas.
private func firstFrame(
  _ demuxer: OpaquePointer, canvas: ImageSize, window: SampleWindow?
) throws(ImageError) -> RGBImage {
  let damaged = ImageError.broken(format: .webp, reason: "its picture data are damaged")
  var frame = WebPIterator()
  guard WebPDemuxGetFrame(demuxer, 1, &frame) != 0 else { throw damaged }
  defer { WebPDemuxReleaseIterator(&frame) }
  let size = ImageSize(width: Int(frame.width), height: Int(frame.height))
  let (x, y) = (Int(frame.x_offset), Int(frame.y_offset))
  // What is allocated and written below rests on these numbers, so we do not leave them to the demuxer alone.
  var (width, height) = (Int32(0), Int32(0))
  guard frame.complete != 0, x >= 0, y >= 0, x + size.width <= canvas.width, y + size.height <= canvas.height,
    WebPGetInfo(frame.fragment.bytes, frame.fragment.size, &width, &height) != 0,
    width == frame.width, height == frame.height,
    let pixels = rgbOverWhite(frame.fragment, size: size, hasAlpha: frame.has_alpha != 0, window: window)
  else { throw damaged }
  let image = RGBImage(size: size, pixels: pixels)
  return size == canvas ? image : image.placed(on: canvas, x: x, y: y)
}

/// R, G, B of each pixel, or nil when libwebp gave up.
private func rgbOverWhite(
  _ fragment: WebPData, size: ImageSize, hasAlpha: Bool, window: SampleWindow?
) -> [UInt8]? {
  let channels = hasAlpha ? 4 : 3
  let table = window?.table
  var isWhole = false
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * channels) { target, count in
    let decode = hasAlpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto
    isWhole =
      decode(fragment.bytes, fragment.size, target.baseAddress, target.count, Int32(size.width * channels)) != nil
    count = isWhole ? size.pixelCount * 3 : 0
    guard isWhole else { return }
    if let table {
      for index in target.indices where index % channels < 3 { target[index] = table[Int(target[index])] }
    }
    guard hasAlpha else { return }
    // In place: pixel by pixel, what is written lies before what is still to be read.
    for pixel in 0..<size.pixelCount {
      let alpha = Int32(target[pixel * 4 + 3])
      for channel in 0..<3 {
        let light = Int32(target[pixel * 4 + channel]) &* alpha &+ 255 &* (255 &- alpha)
        target[pixel * 3 + channel] = UInt8(truncatingIfNeeded: (light &+ 127) / 255)
      }
    }
  }
  return isWhole ? pixels : nil
}

extension RGBImage {
  /// The picture on a white canvas that holds it, its top left corner at (x, y).
  fileprivate func placed(on canvas: ImageSize, x: Int, y: Int) -> RGBImage {
    var pixels = [UInt8](repeating: 255, count: canvas.pixelCount * 3)
    for row in 0..<height {
      let (from, to) = (row * width * 3, ((y + row) * canvas.width + x) * 3)
      pixels.replaceSubrange(to..<to + width * 3, with: self.pixels[from..<from + width * 3])
    }
    return RGBImage(size: canvas, pixels: pixels)
  }
}
