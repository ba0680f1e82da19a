import TestSupport

/// Writes the TIFF structure of EXIF with one entry.
enum TestEXIF {
  enum ByteOrder {
    case big
    case little
  }

  static func tiff(
    orientation: Int, _ order: ByteOrder = .big, entries: Int = 1, type: Int = 3, offset: Int = 8
  ) -> [UInt8] {
    let number = { (value: Int, count: Int) -> [UInt8] in
      let big = TestPNG.big(value).suffix(count)
      return order == .big ? Array(big) : big.reversed()
    }
    return Array(order == .big ? "MM".utf8 : "II".utf8) + number(42, 2) + number(offset, 4)
      + number(entries, 2) + number(0x0112, 2) + number(type, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
      + number(0, 4)
  }

  /// The JPEG with an APP1 segment behind SOI.
  static func jpeg(_ jpeg: [UInt8], tiff: [UInt8]) -> [UInt8] {
    let body = Array("Exif\0\0".utf8) + tiff
    return jpeg[..<2] + [0xFF, 0xE1] + TestPNG.big(body.count + 2).suffix(2) + body + jpeg[2...]
  }
}

extension [UInt8] {
  /// Where `pattern` stands first.
  func offset(of pattern: [UInt8]) -> Int? {
    indices.first { start in start + pattern.count <= count && Array(self[start..<start + pattern.count]) == pattern }
  }

  /// The bytes with some of them overwritten.
  func patched(at offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var patched = self
    patched.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return patched
  }

  /// The bytes with more of them put in.
  func inserting(_ bytes: [UInt8], at offset: Int) -> [UInt8] { self[..<offset] + bytes + self[offset...] }
}
