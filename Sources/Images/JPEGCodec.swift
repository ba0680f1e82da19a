import CTurboJPEG

// MARK: - Decoding

/// Decodes the picture of a JPEG, upright.
///
/// A file is decoded whole or not at all: see `docs/decisions/damaged-images.md`.
/// - Parameter smallest: upright; the picture is decoded at the smallest scale of 1, 1/2, 1/4, 1/8 that is no smaller.
///   libjpeg scales in the DCT domain, so that smaller is also faster.
func decodeJPEG(
  _ bytes: [UInt8], header: JPEGHeader, limits: ImageLimits, window: SampleWindow?, atLeast smallest: ImageSize
) throws(ImageError) -> DecodedImage {
  let scans = header.scans(in: bytes)
  guard scans.count > 0 else { throw .broken(format: .jpeg, reason: "it ends before its picture begins") }
  try limits.check(scanCount: scans.count, of: header.size)

  let scale = JPEGScale(of: header.size, atLeast: header.orientation.turned(smallest))
  let size = scale.size(of: header.size)
  let format = header.componentCount == 4 ? TJPF_CMYK : TJPF_RGB
  let mending = JPEGMending(of: bytes, header: header, scans: scans)
  var warnings = mending.warnings
  let (pixels, outcome) = turboPixels(of: mending.mended(bytes), frame: header.size, size: size, format: format)
  switch outcome {
  case .whole: break
  case .leftOver(let count) where isPadding(count, before: scans.end ?? bytes.count, of: bytes):
    warnings.append("Bytes without meaning stand between the picture and the end of the file; the picture is complete.")
  case .leftOver, .damaged:
    throw .broken(
      format: .jpeg, reason: scans.end == nil ? "it ends before its picture does" : "its picture data are damaged")
  }
  let stored = format == TJPF_CMYK ? rgb(fromInvertedCMYK: pixels, size: size) : RGBImage(size: size, pixels: pixels)
  return DecodedImage(
    image: header.orientation.upright(stored.stretched(by: window)), format: .jpeg, originalSize: header.uprightSize,
    covered: header.orientation.upright(scale.covered(of: header.size), in: size), warnings: warnings, window: window)
}

extension ImageLimits {
  /// Every scan of a JPEG goes over the whole picture again, so a small file can ask for hours of work. Real encoders
  /// write about 10 scans; small pictures may have more.
  fileprivate func check(scanCount: Int, of size: ImageSize) throws(ImageError) {
    let usualScans = 20
    let (work, isTooMuch) = scanCount.multipliedReportingOverflow(by: size.pixelCount)
    let (bound, isUnbounded) = maximumPixels.multipliedReportingOverflow(by: usualScans)
    guard !isTooMuch, isUnbounded || work <= bound else {
      throw .broken(format: .jpeg, reason: "it has \(scanCount) scans, more than a picture of its size can need")
    }
  }
}

/// A scale at which libjpeg decodes: of each 8 x 8 block it makes 8 / `divisor` x 8 / `divisor` pixels.
private struct JPEGScale {
  let divisor: Int

  /// The smallest that is at least `smallest` in both directions; full size where none is.
  init(of size: ImageSize, atLeast smallest: ImageSize) {
    divisor =
      [8, 4, 2].first { size.width >= smallest.width * $0 && size.height >= smallest.height * $0 } ?? 1
  }

  /// Blocks at the right and bottom edge count whole, so the last row and column may show less than a pixel of the
  /// picture.
  func size(of full: ImageSize) -> ImageSize {
    ImageSize(width: (full.width + divisor - 1) / divisor, height: (full.height + divisor - 1) / divisor)
  }

  /// What the picture fills of it.
  func covered(of full: ImageSize) -> ImageRegion {
    ImageRegion(x: 0, y: 0, width: Double(full.width) / Double(divisor), height: Double(full.height) / Double(divisor))
  }
}

/// Rows of `format` without padding; none where the outcome is `damaged`.
private func turboPixels(
  of jpeg: [UInt8], frame: ImageSize, size: ImageSize, format: TJPF
) -> (pixels: [UInt8], outcome: JPEGOutcome) {
  guard let decoder = tjInitDecompress() else { fatalError("TurboJPEG: out of memory") }
  defer { tjDestroy(decoder) }

  // TurboJPEG fits its output to the size asked for: were its frame another than ours, pixels would stay uninitialised.
  // Only the size counts here; the call also fails for rare subsamplings that decoding does handle.
  var (width, height, subsampling, colorspace) = (Int32(0), Int32(0), Int32(0), Int32(0))
  _ = tjDecompressHeader3(decoder, jpeg, UInt(jpeg.count), &width, &height, &subsampling, &colorspace)
  guard Int(width) == frame.width, Int(height) == frame.height else { return ([], .damaged) }

  let rowBytes = size.width * (format == TJPF_CMYK ? 4 : 3)
  var outcome = JPEGOutcome.damaged
  let pixels = [UInt8](unsafeUninitializedCapacity: rowBytes * size.height) { target, count in
    let status = tjDecompress2(
      decoder, jpeg, UInt(jpeg.count), target.baseAddress, Int32(size.width), Int32(rowBytes), Int32(size.height),
      Int32(format.rawValue), TJFLAG_LIMITSCANS)
    outcome = status == 0 ? .whole : JPEGOutcome(decoder)
    if case .damaged = outcome { count = 0 } else { count = target.count }
  }
  return (pixels, outcome)
}

/// What libjpeg made of the picture's data.
private enum JPEGOutcome {
  case whole
  /// All rows came without a word, and then so many bytes were left over before EOI, or up to 8 more: libjpeg reads
  /// ahead.
  case leftOver(Int)
  case damaged

  /// Of what the decoder said about its last picture. TurboJPEG keeps the text of the first warning, or of the error
  /// that came later; EOI (0xd9) is the last thing read, so nothing else was wrong before or after it. Should the text
  /// ever change, such files are refused as damaged.
  init(_ decoder: tjhandle) {
    self = .damaged
    guard tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) else { return }
    var text = Substring(String(cString: tjGetErrorStr2(decoder)))
    for (isPrefix, part) in [(true, "Corrupt JPEG data: "), (false, " extraneous bytes before marker 0xd9")] {
      guard isPrefix ? text.hasPrefix(part) : text.hasSuffix(part) else { return }
      text = isPrefix ? text.dropFirst(part.count) : text.dropLast(part.count)
    }
    if let count = Int(text), count > 0 { self = .leftOver(count) }
  }
}

/// Whether bytes that libjpeg left over before the end are padding, rather than data that lost their thread.
///
/// A few may be anything. There may be any number if all are alike, as coded data of a photograph are not. In either
/// case a run of like bytes must begin where libjpeg stopped: where more of them were read as data, as in a file that
/// was never written to its end, they stand in the place of the picture.
/// - Parameter end: where EOI stands, or the bytes end without it.
private func isPadding(_ count: Int, before end: Int, of bytes: [UInt8]) -> Bool {
  // The last byte of the data may happen to be like the padding.
  let (few, readAhead) = (16, 8 + 1)
  // Fill bytes may stand before any marker, and libjpeg does not count them.
  let data = bytes[..<end].lastIndex { $0 != 0xFF }.map { bytes[...$0] } ?? []
  guard let value = data.last else { return false }
  let alike = data.count - (data.lastIndex { $0 != value } ?? -1) - 1
  return alike <= count + readAhead && (count <= few || alike >= count)
}

/// CMYK as everyone stores it in JPEG since Adobe did: inverted, 255 is no ink. Without a profile each ink takes away
/// its share of the light that black leaves: R = 255 (1 - C)(1 - K).
private func rgb(fromInvertedCMYK cmyk: [UInt8], size: ImageSize) -> RGBImage {
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    cmyk.withUnsafeBufferPointer { cmyk in
      for pixel in 0..<size.pixelCount {
        let black = Int32(cmyk[pixel * 4 + 3])
        for channel in 0..<3 {
          let ink = Int32(cmyk[pixel * 4 + channel])
          target[pixel * 3 + channel] = UInt8(truncatingIfNeeded: (ink &* black &+ 127) / 255)
        }
      }
    }
    count = target.count
  }
  return RGBImage(size: size, pixels: pixels)
}

// MARK: - Encoding

/// The widest and highest picture that JPEG as libjpeg writes it can hold, in pixels.
package let maximumJPEGSide = 65_500

/// Encodes a baseline JPEG with 4:2:0 chroma, what photographs on the web have.
///
/// - Parameters:
///   - image: neither side may exceed `maximumJPEGSide`.
///   - quality: 1 to 100, the scale of libjpeg.
package func encodeJPEG(_ image: RGBImage, quality: Int = 90) -> [UInt8] {
  precondition(max(image.width, image.height) <= maximumJPEGSide, "encodeJPEG: \(image.size) is too large for JPEG")
  precondition(image.size.pixelCount > 0, "encodeJPEG: a picture without pixels")
  precondition((1...100).contains(quality), "encodeJPEG: quality \(quality) is not in 1...100")
  guard let encoder = tjInitCompress() else { fatalError("TurboJPEG: out of memory") }
  defer { tjDestroy(encoder) }

  var jpeg: UnsafeMutablePointer<UInt8>?
  var count: UInt = 0
  defer { tjFree(jpeg) }
  let status = tjCompress2(
    encoder, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue), &jpeg, &count,
    Int32(TJSAMP_420.rawValue), Int32(quality), 0)
  guard status == 0, let jpeg else { fatalError("TurboJPEG: \(String(cString: tjGetErrorStr2(encoder)))") }
  return Array(UnsafeBufferPointer(start: jpeg, count: Int(count)))
}
