/// Writes PNG files of every kind, also wrong ones: independent of libpng, without compression.
///
/// Source: Portable Network Graphics (Third Edition), W3C; RFC 1950 and 1951.
package enum TestPNG {
  /// Sample layouts by their numbers in IHDR.
  package enum ColorType: UInt8, Sendable {
    case gray = 0
    case rgb = 2
    case palette = 3
    case grayAlpha = 4
    case rgba = 6
  }

  /// A whole file. `rows` are the packed bytes of each row, without filter bytes; for Adam7 of each row of each pass.
  package static func file(
    _ width: Int, _ height: Int, depth: UInt8 = 8, _ colorType: ColorType, interlaced: Bool = false,
    before chunks: [UInt8] = [], rows: [[UInt8]]
  ) -> [UInt8] {
    signature + header(width, height, depth: depth, colorType, interlaced: interlaced) + chunks
      + chunk("IDAT", zlib(rows.flatMap { [0] + $0 })) + chunk("IEND", [])
  }

  package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  package static func header(
    _ width: Int, _ height: Int, depth: UInt8 = 8, _ colorType: ColorType, interlaced: Bool = false
  ) -> [UInt8] {
    chunk("IHDR", big(width) + big(height) + [depth, colorType.rawValue, 0, 0, interlaced ? 1 : 0])
  }

  package static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let typed = Array(type.utf8) + body
    return big(body.count) + typed + big(Int(crc32(typed)))
  }

  /// The bytes as a zlib stream of stored blocks.
  package static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bytes.count, by: 65_535) {
      let block = bytes[start..<min(start + 65_535, bytes.count)]
      let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
      stream += [start + block.count == bytes.count ? 1 : 0, low, high, ~low, ~high] + block
    }
    return stream + big(Int(adler32(bytes)))
  }

  /// The rows of each non-empty pass of an 8-bit grey picture. Origins and steps are those of Adam7.
  package static func adam7Rows(_ width: Int, _ height: Int, _ sample: (_ x: Int, _ y: Int) -> UInt8) -> [[UInt8]] {
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
      .flatMap { x0, y0, stepX, stepY in
        stride(from: y0, to: height, by: stepY).map { y in
          stride(from: x0, to: width, by: stepX).map { x in sample(x, y) }
        }
      }
      .filter { !$0.isEmpty }
  }

  package static func big(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB8_8320 }
    }
    return ~crc
  }

  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let low = (sums.0 + UInt32(byte)) % 65_521
      return (low, (sums.1 + low) % 65_521)
    }
    return high << 16 | low
  }
}
