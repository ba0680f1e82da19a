import Testing

@testable import WeightFiles

@Suite
struct InflateTests {
  /// Made with Python's zlib: levels 0 (stored), 9 (fixed codes for the short, dynamic ones for the long).
  @Test(
    "each kind of block unpacks",
    arguments: [
      (
        [
          120, 1, 1, 17, 0, 238, 255, 104, 101, 108, 108, 111, 32, 104, 101, 108, 108, 111, 32, 104, 101, 108, 108, 111,
          58, 46, 6, 125,
        ], bytes("hello hello hello")
      ),
      ([120, 218, 203, 72, 205, 201, 201, 87, 200, 64, 144, 0, 58, 46, 6, 125], bytes("hello hello hello")),
      (
        [
          120, 218, 237, 204, 49, 14, 192, 64, 8, 3, 193, 183, 26, 91, 112, 152, 255, 247, 33, 82, 126, 144, 246, 182,
          30, 45, 128, 160, 242, 24, 42, 179, 70, 205, 195, 150, 51, 58, 57, 39, 21, 24, 247, 230, 65, 172, 27, 102, 71,
          250, 99, 83, 116, 9, 94, 199, 192, 219, 157, 253, 155, 61, 170, 5, 159, 20,
        ], (0..<400).map { UInt8($0 * $0 / 7 % 11 + 97) }
      ),
      ([120, 218, 3, 0, 0, 0, 0, 1], []),
      ([120, 218, 75, 76, 28, 5, 163, 96, 20, 12, 119, 0, 0, 249, 216, 122, 248], [UInt8](repeating: 97, count: 1000)),
    ] as [([UInt8], [UInt8])])
  func blocks(_ packed: [UInt8], _ expected: [UInt8]) throws {
    let unpacked = try packed.withUnsafeBytes { try Inflate.zlib($0, byteCount: expected.count) }
    #expect(unpacked == expected)
  }

  @Test(
    "every lie is named",
    arguments: [
      ([], 0, .truncated), (Array(hello.dropLast()), 5, .truncated), (Array(hello.prefix(8)), 5, .truncated),
      ([0x79] + hello.dropFirst(), 5, .header), ([0x78, 0xBB] + hello.dropFirst(2), 5, .header),
      (hello, 6, .size(expected: 6, found: 5)),
      (hello, 4, .tooLong(expected: 4)), (Array(hello.dropLast()) + [0], 5, .checksum),
      // The block type 3; a stored block with two lengths; a distance before the beginning.
      ([0x78, 0x9C, 0x07, 0, 0, 0, 0], 5, .blockType), ([0x78, 0x9C, 0x01, 5, 0, 5, 0, 0, 0, 0, 0], 5, .storedLength),
      ([0x78, 0x9C, 0x03, 0x02, 0, 0, 0, 0, 0], 5, .distance),
      // A dynamic block all of whose code lengths are 7, more than fit; one with symbols that do not exist.
      ([0x78, 0x9C, 0xFD] + [UInt8](repeating: 0xFF, count: 20), 5, .codeLengths),
    ] as [([UInt8], Int, InflateFault)])
  func lie(_ packed: [UInt8], _ byteCount: Int, _ fault: InflateFault) {
    #expect(throws: fault) { try packed.withUnsafeBytes { try Inflate.zlib($0, byteCount: byteCount) } }
  }

  /// “hello”, deflated.
  private static let hello: [UInt8] = [120, 218, 203, 72, 205, 201, 201, 7, 0, 6, 44, 2, 21]
}
