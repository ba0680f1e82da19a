import Autodiff
import TestSupport
import Testing

@testable import WeightFiles

@Suite
struct InflateTests {
  @Test("each kind of block unpacks", arguments: streams)
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
      // A byte after the checksum.
      (hello + [0], 5, .checksum),
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

  /// Seeded: a failure reproduces.
  @Test("changed, cut and invented streams unpack to the size asked for, or to a fault that is known")
  func fuzz() {
    var random = SplitMix64(seed: 1950)
    var faults: Set<String> = []
    var unpackedCount = 0
    for round in 0..<600 {
      let (whole, content) = Self.streams[round % Self.streams.count]
      var packed = whole
      switch round % 3 {
      case 0:
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          packed[Int.random(in: 0..<packed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      case 1: packed.removeLast(Int.random(in: 0..<packed.count, using: &random))
      default:
        packed =
          [120, 218]
          + (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      }
      let byteCount = Bool.random(using: &random) ? content.count : Int.random(in: 0...2000, using: &random)
      let result = packed.withUnsafeBytes { packed in
        Result { () throws(InflateFault) in try Inflate.zlib(packed, byteCount: byteCount) }
      }
      switch result {
      case .success(let bytes):
        #expect(bytes.count == byteCount)
        unpackedCount += 1
      case .failure(.other(let message)): Issue.record("zlib says “\(message)”, which InflateFault does not know")
      case .failure(let fault): faults.insert(fault.description.filter { !$0.isNumber })
      }
    }
    // Streams that go wrong in all ways but one or two, and some that do not.
    #expect(faults.count >= 8, "\(faults)")
    #expect(unpackedCount > 20)
  }

  /// zlib data and what they unpack to. Made with Python's zlib: levels 0 (stored), 9 (fixed codes for the short,
  /// dynamic ones for the long).
  private static let streams: [([UInt8], [UInt8])] = [
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
  ]
}
