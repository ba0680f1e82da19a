/// Encodes an 8-bit RGB PNG, fast rather than small: see `docs/decisions/png-encoding.md`.
package func encodePNG(_ image: RGBImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, .rgb)
}

/// Encodes an 8-bit RGBA PNG with straight alpha.
package func encodePNG(_ image: RGBAImage) -> [UInt8] {
  encodePNG(image.pixels, size: image.size, .rgba)
}

/// Encodes an 8-bit palette PNG: a quarter of the bytes of RGBA to go through, and often a tenth of the file.
package func encodePNG(_ image: IndexedImage) -> [UInt8] {
  let alpha = image.palette.map(\.alpha)
  var chunks: [(type: StaticString, body: [UInt8])] = [
    ("PLTE", image.palette.flatMap { [$0.red, $0.green, $0.blue] })
  ]
  // Entries behind the last that is not opaque need not be said.
  if let last = alpha.lastIndex(where: { $0 < 255 }) { chunks.append(("tRNS", Array(alpha[...last]))) }
  return encodePNG(image.indices, size: image.size, .palette, before: chunks)
}

/// Colour types of IHDR, for samples of 8 bits.
private enum ColorType: UInt8 {
  case rgb = 2
  case palette = 3
  case rgba = 6

  var bytesPerPixel: Int {
    switch self {
    case .palette: 1
    case .rgb: 3
    case .rgba: 4
    }
  }

  /// What a pixel is predicted from. Neighbouring indices of a palette are close only where its colours are in order, as those
  /// of a colour map; their mean is then no better than the one beside.
  var filter: PNGFilter { self == .palette ? .sub : .average }
}

/// Source: Portable Network Graphics (Third Edition), W3C, section 5.
private func encodePNG(
  _ pixels: [UInt8], size: ImageSize, _ colorType: ColorType, before chunks: [(type: StaticString, body: [UInt8])] = []
) -> [UInt8] {
  precondition(size.pixelCount > 0, "encodePNG: a picture without pixels")
  let filtered = filter(
    pixels, rowBytes: size.width * colorType.bytesPerPixel, bytesPerPixel: colorType.bytesPerPixel,
    by: colorType.filter)
  var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  png.reserveCapacity(filtered.count + filtered.count / 8 + 4096)
  appendChunk("IHDR", to: &png) { png in
    appendBigEndian(UInt32(size.width), to: &png)
    appendBigEndian(UInt32(size.height), to: &png)
    png += [8, colorType.rawValue, 0, 0, 0]
  }
  for chunk in chunks { appendChunk(chunk.type, to: &png) { $0 += chunk.body } }
  appendChunk("IDAT", to: &png) { appendZlib(filtered, to: &$0) }
  appendChunk("IEND", to: &png) { _ in }
  return png
}

/// Length, type, body, CRC of type and body.
private func appendChunk(_ type: StaticString, to png: inout [UInt8], body: (inout [UInt8]) -> Void) {
  let start = png.count
  png += [0, 0, 0, 0]
  png += UnsafeBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount)
  body(&png)
  let length = UInt32(png.count - start - 8)
  for byte in 0..<4 { png[start + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(byte))) }
  let crc = png.withUnsafeBufferPointer { crc32(UnsafeBufferPointer(rebasing: $0[(start + 4)...])) }
  appendBigEndian(crc, to: &png)
}

func appendBigEndian(_ number: UInt32, to bytes: inout [UInt8]) {
  for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
}

// MARK: - Filters

/// How a byte is predicted from the bytes of the pixels around it. Section 9.
private enum PNGFilter: UInt8 {
  /// The pixel to the left.
  case sub = 1
  /// The mean of the pixel to the left and the one above.
  case average = 3
}

/// The rows as differences from their prediction, each behind the number of its filter.
private func filter(_ pixels: [UInt8], rowBytes: Int, bytesPerPixel: Int, by filter: PNGFilter) -> [UInt8] {
  let rows = pixels.count / rowBytes
  return [UInt8](unsafeUninitializedCapacity: rows * (rowBytes + 1)) { output, count in
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<rows {
        // Above the first row there is nothing, and half of the left pixel would predict badly.
        let filter = y == 0 ? .sub : filter
        let row = pixels.baseAddress! + y * rowBytes
        let target = output.baseAddress! + y * (rowBytes + 1)
        target[0] = filter.rawValue
        switch filter {
        case .sub:
          for x in 0..<bytesPerPixel { target[1 + x] = row[x] }
          for x in bytesPerPixel..<rowBytes { target[1 + x] = row[x] &- row[x - bytesPerPixel] }
        case .average:
          let above = row - rowBytes
          for x in 0..<bytesPerPixel { target[1 + x] = row[x] &- above[x] >> 1 }
          for x in bytesPerPixel..<rowBytes {
            let mean = (UInt16(row[x - bytesPerPixel]) &+ UInt16(above[x])) >> 1
            target[1 + x] = row[x] &- UInt8(truncatingIfNeeded: mean)
          }
        }
      }
    }
    count = output.count
  }
}

// MARK: - Checksum

/// CRC-32 of ISO 3309, eight bytes a step.
///
/// Source: M. Kounavis and F. Berry, "A Systematic Approach to Building High Performance Software-Based CRC Generators" (2005).
private func crc32(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
  crcTables.withUnsafeBufferPointer { tables in
    var crc = UInt32.max
    var position = 0
    let raw = UnsafeRawBufferPointer(bytes)
    while position + 8 <= bytes.count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ UInt64(crc)
      var next: UInt32 = 0
      for byte in 0..<8 {
        next ^= tables[(7 - byte) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * byte) & 255)]
      }
      crc = next
      position += 8
    }
    while position < bytes.count {
      crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[position])] ^ crc >> 8
      position += 1
    }
    return ~crc
  }
}

/// Table n: what a byte does to the CRC when n more follow it.
private let crcTables: [UInt32] = {
  var tables = [UInt32](repeating: 0, count: 8 * 256)
  for byte in 0..<256 {
    tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
  }
  for index in 256..<tables.count {
    let previous = tables[index - 256]
    tables[index] = tables[Int(previous & 255)] ^ previous >> 8
  }
  return tables
}()
