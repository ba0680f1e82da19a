/// Reads numbers out of a part of bytes that cannot be trusted: whatever lies outside the part is nil.
struct ByteReader {
  enum Endianness {
    case big
    case little
  }

  private let bytes: [UInt8]
  private let range: Range<Int>

  /// Offsets of the reads below count from the start of `range`, which is cut to what there is.
  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    self.range = range.clamped(to: bytes.indices)
  }

  init(_ bytes: [UInt8]) { self.init(bytes, in: bytes.indices) }

  var count: Int { range.count }

  /// The part behind its first `count` bytes.
  func dropping(_ count: Int) -> Self {
    Self(bytes, in: min(range.lowerBound + count, range.upperBound)..<range.upperBound)
  }

  func byte(at offset: Int) -> UInt8? {
    offset >= 0 && offset < range.count ? bytes[range.lowerBound + offset] : nil
  }

  func uint16(at offset: Int, _ endianness: Endianness = .big) -> Int? {
    guard let first = byte(at: offset), let second = byte(at: offset + 1) else { return nil }
    return endianness == .big ? Int(first) << 8 | Int(second) : Int(second) << 8 | Int(first)
  }

  func uint32(at offset: Int, _ endianness: Endianness = .big) -> Int? {
    guard let first = uint16(at: offset, endianness), let second = uint16(at: offset + 2, endianness) else {
      return nil
    }
    return endianness == .big ? first << 16 | second : second << 16 | first
  }

  /// Whether `text` (ASCII) stands at `offset`.
  func has(_ text: StaticString, at offset: Int = 0) -> Bool {
    (0..<text.utf8CodeUnitCount).allSatisfy { byte(at: offset + $0) == text.utf8Start[$0] }
  }

  /// Whether `expected` stands at `offset`.
  func has(_ expected: [UInt8], at offset: Int = 0) -> Bool {
    expected.indices.allSatisfy { byte(at: offset + $0) == expected[$0] }
  }
}
