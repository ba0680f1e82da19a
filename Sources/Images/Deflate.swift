/// Appends `bytes` as a zlib stream, fast rather than small: entropy coding, and runs of zeros.
///
/// Filtered photographs hold next to no repetitions, so a search for them finds nothing and takes most of the time. Only runs of
/// zeros are looked for, which areas of one colour become.
///
/// Source: RFC 1950 (zlib) and RFC 1951 (deflate).
func appendZlib(_ bytes: [UInt8], to output: inout [UInt8]) {
  // Deflate with a window of 32 KiB, the fastest level, and the check bits that make it a multiple of 31.
  output += [0x78, 0x01]
  bytes.withUnsafeBytes { bytes in
    var writer = BitWriter()
    var start = 0
    repeat {
      let end = min(start + DeflateBlock.maximumBytes, bytes.count)
      DeflateBlock(UnsafeRawBufferPointer(rebasing: bytes[start..<end])).write(
        isLast: end == bytes.count, with: &writer, to: &output)
      start = end
    } while start < bytes.count
    writer.finish(&output)
    appendBigEndian(adler32(bytes), to: &output)
  }
}

/// A block with codes of its own.
private struct DeflateBlock {
  /// Large enough that the codes' lengths (0.2 KiB) do not count, small enough that codes follow the picture.
  static let maximumBytes = 1 << 16

  private static let endOfBlock = 256
  private static let symbolCount = 286

  private let bytes: UnsafeRawBufferPointer
  private let lengths: [UInt8]

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    // Four tables in turn, so that equal bytes in a row do not wait for each other.
    let frequencies = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * 512) { counts -> [Int] in
      counts.initialize(repeating: 0)
      Self.forEachToken(in: bytes) { word in
        for byte in 0..<8 { counts[byte % 4 * 512 + Int(truncatingIfNeeded: word >> UInt64(8 * byte) & 255)] &+= 1 }
      } byte: { byte in
        counts[Int(byte)] &+= 1
      } zeros: { count in
        counts[LengthCode(count).symbol] &+= 1
      }
      return (0..<Self.symbolCount).map { symbol in (0..<4).reduce(0) { $0 + Int(counts[$1 * 512 + symbol]) } }
    }
    var withEnd = frequencies
    withEnd[Self.endOfBlock] = 1
    lengths = codeLengths(of: withEnd, limit: BitWriter.longestCode)
  }

  func write(isLast: Bool, with writer: inout BitWriter, to output: inout [UInt8]) {
    // Final block?, dynamic codes (2), 286 literal and length codes, one distance code, 19 code length codes.
    writer.add(isLast ? 1 : 0, bits: 1)
    writer.add(2, bits: 2)
    writer.add(UInt64(Self.symbolCount - 257), bits: 5)
    writer.add(0, bits: 5)
    writer.add(19 - 4, bits: 4)
    // The lengths 0 to 15 have four bits each, and runs of lengths (16 to 18) are not used: the code of a length is then the
    // number itself, its highest bit first.
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
      writer.add(symbol < 16 ? 4 : 0, bits: 3)
      writer.flush(&output)
    }
    // The one distance, 1, has a code of one bit.
    for length in lengths + [1] {
      writer.add(UInt64(length.reversedBits >> 4), bits: 4)
      writer.flush(&output)
    }

    let codes = canonicalCodes(of: lengths)
    codes.withUnsafeBufferPointer { codes in
      writer.withRoom(for: 2 * bytes.count + 64, in: &output) { writer in
        Self.forEachToken(in: bytes) { word in
          for half in 0..<2 {
            for byte in 0..<4 { writer.add(codes[Int(truncatingIfNeeded: word >> UInt64(32 * half + 8 * byte) & 255)]) }
            writer.flush()
          }
        } byte: { byte in
          writer.add(codes[Int(byte)])
          writer.flush()
        } zeros: { count in
          let length = LengthCode(count)
          writer.add(codes[length.symbol])
          // Extra bits of the length, and the distance's code, which is 0.
          writer.add(Code(bits: UInt32(length.extra), length: UInt32(length.extraBits) + 1))
          writer.flush()
        }
        writer.add(codes[Self.endOfBlock])
        writer.flush()
      }
    }
  }

  /// The block in order: eight literal bytes at a time, single ones at its end, and runs of zeros that follow a zero, of
  /// 8, 16, ... 256 bytes.
  @inline(__always)
  private static func forEachToken(
    in bytes: UnsafeRawBufferPointer, word: (UInt64) -> Void, byte: (UInt8) -> Void, zeros: (Int) -> Void
  ) {
    let words = bytes.count / 8
    var run = 0
    var followsZero = false
    for index in 0..<words {
      let next = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
      if next == 0 && followsZero && run < 256 {
        run += 8
        continue
      }
      if run > 0 {
        zeros(run)
        run = 0
        if next == 0 {
          run = 8
          continue
        }
      }
      word(next)
      followsZero = next >> 56 == 0
    }
    if run > 0 { zeros(run) }
    for index in words * 8..<bytes.count { byte(bytes[index]) }
  }
}

/// The symbol and the extra bits of a length of 8 to 256, RFC 1951 section 3.2.5.
private struct LengthCode {
  let symbol: Int
  let extra: Int
  let extraBits: Int

  init(_ length: Int) {
    // From 11 on, four codes share each number of extra bits.
    guard length > 10 else {
      (symbol, extra, extraBits) = (254 + length, 0, 0)
      return
    }
    let offset = length - 3
    let octave = Int.bitWidth - 1 - offset.leadingZeroBitCount
    extraBits = octave - 2
    symbol = 257 + 4 * (octave - 1) + (offset >> extraBits & 3)
    extra = offset & ((1 << extraBits) - 1)
  }
}

// MARK: - Bits

/// A code as it is written: its first bit lowest.
private struct Code {
  let bits: UInt32
  let length: UInt32
}

/// Collects bits, the first lowest, and writes whole bytes.
private struct BitWriter {
  /// Four codes beside the up to seven bits that wait for their byte.
  static let longestCode = 14

  private var waiting: UInt64 = 0
  private var count: UInt64 = 0
  private var target: UnsafeMutableRawPointer?

  @inline(__always)
  mutating func add(_ bits: UInt64, bits length: UInt64) {
    waiting |= bits << count
    count &+= length
  }

  @inline(__always)
  mutating func add(_ code: Code) { add(UInt64(code.bits), bits: UInt64(code.length)) }

  /// Moves whole bytes to the room given.
  @inline(__always)
  mutating func flush() {
    target!.storeBytes(of: waiting.littleEndian, as: UInt64.self)
    let bytes = count >> 3
    target! += Int(bytes)
    waiting >>= bytes &* 8
    count &= 7
  }

  /// Moves whole bytes to the end of `output`.
  mutating func flush(_ output: inout [UInt8]) {
    while count >= 8 {
      output.append(UInt8(truncatingIfNeeded: waiting))
      waiting >>= 8
      count -= 8
    }
  }

  /// Writes the last bits, filled up with zeros.
  mutating func finish(_ output: inout [UInt8]) {
    if count > 0 { count = (count + 7) / 8 * 8 }
    flush(&output)
  }

  /// Lets `body` write up to `capacity` bytes by `flush()`, and appends them.
  mutating func withRoom(for capacity: Int, in output: inout [UInt8], _ body: (inout BitWriter) -> Void) {
    var writer = self
    output += [UInt8](unsafeUninitializedCapacity: capacity) { room, written in
      let start = UnsafeMutableRawPointer(room.baseAddress!)
      writer.target = start
      body(&writer)
      written = writer.target! - start
    }
    writer.target = nil
    self = writer
  }
}

extension UInt8 {
  /// The bits in reverse order.
  fileprivate var reversedBits: UInt8 { UInt8(truncatingIfNeeded: UInt16(reversing: self)) }
}

extension UInt16 {
  fileprivate init(reversing byte: UInt8) {
    self = (0..<8).reduce(0) { $0 << 1 | UInt16(byte >> UInt8($1) & 1) }
  }
}

// MARK: - Codes

/// Lengths of an optimal prefix code, at most `limit` bits; 0 for symbols that do not occur.
///
/// Huffman's algorithm over sorted frequencies with two queues. Where a code comes out too long, frequencies are flattened and
/// it is tried again, which costs next to nothing: only symbols that hardly occur have such codes.
///
/// Source: D. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", Proc. IRE 40 (1952); two queues: J. van Leeuwen,
/// "On the construction of Huffman trees", ICALP (1976).
func codeLengths(of frequencies: [Int], limit: Int) -> [UInt8] {
  var lengths = [UInt8](repeating: 0, count: frequencies.count)
  var symbols = frequencies.indices.filter { frequencies[$0] > 0 }
  if symbols.count == 1 { lengths[symbols[0]] = 1 }
  guard symbols.count > 1 else { return lengths }
  symbols.sort { (frequencies[$0], $0) < (frequencies[$1], $1) }
  var flattened = symbols.map { frequencies[$0] }
  while true {
    let depths = leafDepths(ofSorted: flattened)
    if depths[0] <= limit {
      for (symbol, depth) in zip(symbols, depths) { lengths[symbol] = UInt8(depth) }
      return lengths
    }
    for index in flattened.indices { flattened[index] = (flattened[index] + 1) / 2 }
  }
}

/// The depth of each leaf of Huffman's tree; the first is the deepest. Frequencies ascend, and there are two at least.
private func leafDepths(ofSorted frequencies: [Int]) -> [Int] {
  let leaves = frequencies.count
  // Nodes: the leaves, then the inner ones in the order of their making, which is that of their weights.
  var weights = frequencies
  var parents = [Int](repeating: 0, count: 2 * leaves - 1)
  var (leaf, inner) = (0, leaves)
  func takeLightest() -> Int {
    if leaf < leaves, inner >= weights.count || weights[leaf] <= weights[inner] {
      leaf += 1
      return leaf - 1
    }
    inner += 1
    return inner - 1
  }
  for node in leaves..<2 * leaves - 1 {
    let (first, second) = (takeLightest(), takeLightest())
    weights.append(weights[first] + weights[second])
    (parents[first], parents[second]) = (node, node)
  }
  var depths = [Int](repeating: 0, count: 2 * leaves - 1)
  for node in (0..<2 * leaves - 2).reversed() { depths[node] = depths[parents[node]] + 1 }
  return Array(depths[..<leaves])
}

/// The codes of these lengths, RFC 1951 section 3.2.2: shorter ones first, equal ones in the order of their symbols.
private func canonicalCodes(of lengths: [UInt8]) -> [Code] {
  var next = [UInt32](repeating: 0, count: 17)
  for length in lengths where length > 0 { next[Int(length) + 1] += 1 }
  for length in 1..<17 { next[length] = (next[length - 1] << 1) + (next[length] << 1) }
  return lengths.map { length in
    guard length > 0 else { return Code(bits: 0, length: 0) }
    defer { next[Int(length)] += 1 }
    let reversed = (0..<UInt32(length)).reduce(UInt32(0)) { $0 << 1 | next[Int(length)] >> $1 & 1 }
    return Code(bits: reversed, length: UInt32(length))
  }
}

// MARK: - Checksum

/// Adler-32 of RFC 1950: sums of the bytes and of those sums, modulo 65521.
///
/// Sixteen sums side by side: with A_l the sum of the bytes 16 k + l and B_l the sum of A_l after each step, both sums follow from
/// them at the end.
func adler32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  let modulus: UInt64 = 65_521
  var (low, high): (UInt64, UInt64) = (1, 0)
  var position = 0
  // 4096 steps: B_l stays below 255 * 4096 * 4097 / 2 < 2^32.
  while position < bytes.count {
    let steps = min((bytes.count - position) / 16, 4096)
    guard steps > 0 else {
      low += UInt64(bytes[position])
      high += low
      position += 1
      continue
    }
    var sums = SIMD16<UInt32>()
    var sumsOfSums = SIMD16<UInt32>()
    for step in 0..<steps {
      let part = bytes.loadUnaligned(fromByteOffset: position + 16 * step, as: SIMD16<UInt8>.self)
      sums &+= SIMD16<UInt32>(truncatingIfNeeded: part)
      sumsOfSums &+= sums
    }
    high += low * UInt64(16 * steps)
    for lane in 0..<16 {
      low += UInt64(sums[lane])
      high += 16 * UInt64(sumsOfSums[lane]) - UInt64(lane) * UInt64(sums[lane])
    }
    (low, high) = (low % modulus, high % modulus)
    position += 16 * steps
  }
  return UInt32(high % modulus) << 16 | UInt32(low % modulus)
}
