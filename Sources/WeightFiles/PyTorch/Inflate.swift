/// Unpacks zlib data of a known size: never more, and an error if it is less.
///
/// Source: RFC 1950 (zlib: header and Adler-32), RFC 1951 (deflate).
enum Inflate {
  /// - Precondition: `byteCount` was found acceptable; that much is reserved.
  static func zlib(_ packed: UnsafeRawBufferPointer, byteCount: Int) throws(InflateFault) -> [UInt8] {
    guard packed.count >= 6 else { throw .truncated }
    let isDeflate = packed[0] & 0x0F == 8 && (Int(packed[0]) << 8 | Int(packed[1])) % 31 == 0
    let hasDictionary = packed[1] & 0x20 != 0
    if !isDeflate || hasDictionary { throw .header }
    let body = UnsafeRawBufferPointer(rebasing: packed[2..<packed.count - 4])
    var machine = Machine(BitReader(body), byteCount: byteCount)
    try machine.run()
    if machine.output.count != byteCount { throw .size(expected: byteCount, found: machine.output.count) }
    let checksum = packed.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    if adler32(machine.output) != checksum { throw .checksum }
    return machine.output
  }

  static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }
}

/// Why compressed data were refused.
package enum InflateFault: Error, Hashable, Sendable {
  case truncated
  case header
  case blockType
  case storedLength
  /// Code lengths that make no prefix code.
  case codeLengths
  case unusedCode
  /// A repetition that reaches back before the beginning.
  case distance
  case size(expected: Int, found: Int)
  case tooLong(expected: Int)
  case checksum
}

extension InflateFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated: "they end in the middle"
    case .header: "they do not begin like zlib data"
    case .blockType: "a block has an unknown type"
    case .storedLength: "a stored block has two lengths"
    case .codeLengths: "the lengths of a code are impossible"
    case .unusedCode: "a code occurs that was not defined"
    case .distance: "a repetition reaches back before the beginning"
    case .size(let expected, let found): "they unpack to \(found) bytes instead of \(expected)"
    case .tooLong(let expected): "they unpack to more than \(expected) bytes"
    case .checksum: "their checksum is wrong"
    }
  }
}

/// Bits from the lowest of each byte up.
private struct BitReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var buffer: UInt64 = 0
  private var bitCount = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func bits(_ count: Int) throws(InflateFault) -> Int {
    while bitCount < count {
      guard position < bytes.count else { throw .truncated }
      buffer |= UInt64(bytes[position]) << UInt64(bitCount)
      position += 1
      bitCount += 8
    }
    defer {
      buffer >>= UInt64(count)
      bitCount -= count
    }
    return Int(buffer & (1 << UInt64(count) - 1))
  }

  mutating func skipToByte() {
    buffer >>= UInt64(bitCount % 8)
    bitCount -= bitCount % 8
  }
}

/// A canonical prefix code: how many codes there are of each length, and their symbols in order (RFC 1951, 3.2.2).
private struct PrefixCode {
  private static let maximumLength = 15
  private var counts = [Int](repeating: 0, count: maximumLength + 1)
  private var symbols: [Int] = []

  init(lengths: ArraySlice<Int>) throws(InflateFault) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    var free = 1
    for length in 1...Self.maximumLength {
      free = free * 2 - counts[length]
      if free < 0 { throw .codeLengths }
    }
    // An incomplete code is allowed if it has one symbol or none: blocks that repeat at one distance or never.
    if free > 0, counts.reduce(0, +) > 1 { throw .codeLengths }
    for length in 1...Self.maximumLength {
      for (symbol, its) in lengths.enumerated() where its == length { symbols.append(symbol) }
    }
  }

  func symbol(_ reader: inout BitReader) throws(InflateFault) -> Int {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...Self.maximumLength {
      code |= try reader.bits(1)
      if code - first < counts[length] { return symbols[index + code - first] }
      index += counts[length]
      first = (first + counts[length]) << 1
      code <<= 1
    }
    throw .unusedCode
  }
}

private struct Machine {
  private var reader: BitReader
  private let limit: Int
  private(set) var output: [UInt8] = []

  init(_ reader: BitReader, byteCount: Int) {
    self.reader = reader
    limit = byteCount
    output.reserveCapacity(byteCount)
  }

  mutating func run() throws(InflateFault) {
    var isLast = false
    while !isLast {
      isLast = try reader.bits(1) == 1
      switch try reader.bits(2) {
      case 0: try storedBlock()
      case 1: try compressedBlock(literals: Self.fixedLiterals, distances: Self.fixedDistances)
      case 2:
        let (literals, distances) = try dynamicCodes()
        try compressedBlock(literals: literals, distances: distances)
      default: throw .blockType
      }
    }
  }

  private mutating func append(_ byte: UInt8) throws(InflateFault) {
    if output.count == limit { throw .tooLong(expected: limit) }
    output.append(byte)
  }

  private mutating func storedBlock() throws(InflateFault) {
    reader.skipToByte()
    let length = try reader.bits(16)
    if try reader.bits(16) != ~length & 0xFFFF { throw .storedLength }
    for _ in 0..<length { try append(UInt8(try reader.bits(8))) }
  }

  private mutating func compressedBlock(literals: PrefixCode, distances: PrefixCode) throws(InflateFault) {
    while true {
      let symbol = try literals.symbol(&reader)
      if symbol < 256 {
        try append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol - 257 < Self.lengthBases.count else { throw .unusedCode }
      let length = Self.lengthBases[symbol - 257] + (try reader.bits(Self.lengthExtraBits[symbol - 257]))
      let code = try distances.symbol(&reader)
      guard code < Self.distanceBases.count else { throw .unusedCode }
      let distance = Self.distanceBases[code] + (try reader.bits(Self.distanceExtraBits[code]))
      if distance > output.count { throw .distance }
      for _ in 0..<length { try append(output[output.count - distance]) }
    }
  }

  /// The codes of a dynamic block, themselves coded (RFC 1951, 3.2.7).
  private mutating func dynamicCodes() throws(InflateFault) -> (PrefixCode, PrefixCode) {
    let literalCount = try reader.bits(5) + 257
    let distanceCount = try reader.bits(5) + 1
    let lengthCount = try reader.bits(4) + 4
    if literalCount > 286 || distanceCount > 30 { throw .codeLengths }
    var codeLengths = [Int](repeating: 0, count: 19)
    for k in 0..<lengthCount { codeLengths[Self.codeLengthOrder[k]] = try reader.bits(3) }
    let lengthCode = try PrefixCode(lengths: codeLengths[...])

    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      let (length, repeats): (Int, Int)
      switch try lengthCode.symbol(&reader) {
      case 16:
        guard let last = lengths.last else { throw .codeLengths }
        (length, repeats) = (last, try reader.bits(2) + 3)
      case 17: (length, repeats) = (0, try reader.bits(3) + 3)
      case 18: (length, repeats) = (0, try reader.bits(7) + 11)
      case let symbol: (length, repeats) = (symbol, 1)
      }
      lengths += repeatElement(length, count: repeats)
    }
    if lengths.count > literalCount + distanceCount { throw .codeLengths }
    // Without the end-of-block symbol the block would never end.
    if lengths[256] == 0 { throw .codeLengths }
    return (
      try PrefixCode(lengths: lengths[..<literalCount]), try PrefixCode(lengths: Array(lengths[literalCount...])[...])
    )
  }

  private static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthExtraBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
  ]
  private static let distanceExtraBits = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
  ]
  private static let fixedLiterals = fixed(
    Array(repeating: 8, count: 144) + Array(repeating: 9, count: 112) + Array(repeating: 7, count: 24)
      + Array(repeating: 8, count: 8))
  private static let fixedDistances = fixed(Array(repeating: 5, count: 32))

  private static func fixed(_ lengths: [Int]) -> PrefixCode {
    guard let code = try? PrefixCode(lengths: lengths[...]) else { preconditionFailure("RFC 1951's codes are codes") }
    return code
  }
}
